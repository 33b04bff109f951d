import {Component, onWillStart, onWillUnmount, useEffect, useRef} from "@odoo/owl";
import {loadBundle} from "@web/core/assets";

export const COLORS = {
    revenue: "#1a9c8b",
    charged: "#7cc9bf",
    paid_out: "#714b67",
    energy: "#e6a23c",
    local: "#1a9c8b",
    roaming: "#714b67",
    ad_hoc: "#e6a23c",
    unknown: "#adb5bd",
    days: "#4a7fb5",
};

/**
 * A chart of Chart.js as Odoo brings it. A click calls `onPick` with the index of what was clicked.
 */
export class CockpitChart extends Component {
    static template = "ev_billing.CockpitChart";
    static props = {
        config: Object,
        label: String,
        height: {type: Number, optional: true},
        onPick: {type: Function, optional: true},
    };
    static defaultProps = {height: 220};

    setup() {
        this.canvas = useRef("canvas");
        this.chart = null;
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [JSON.stringify(this.props.config)]
        );
        onWillUnmount(() => this.chart && this.chart.destroy());
    }

    draw() {
        if (this.chart) {
            this.chart.destroy();
        }
        const {config, onPick} = this.props;
        this.chart = new Chart(this.canvas.el, {
            ...config,
            options: {
                animation: false,
                maintainAspectRatio: false,
                onClick: (_event, [element]) => element && onPick && onPick(element.index),
                ...config.options,
            },
        });
    }
}
