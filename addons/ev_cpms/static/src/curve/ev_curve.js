import {Component, onWillStart, onWillUnmount, useEffect, useRef} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {loadBundle} from "@web/core/assets";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const {DateTime} = luxon;

/**
 * Draws the register readings of a session: delivered energy as a line, mean power between readings as steps.
 * Times are shown on the site's clock, as drivers and hosts read them.
 */
export class EvCurve extends Component {
    static template = "ev_cpms.EvCurve";
    static props = {...standardFieldProps};

    setup() {
        this.canvas = useRef("canvas");
        this.chart = null;
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [this.curve]
        );
        onWillUnmount(() => this.chart && this.chart.destroy());
    }

    get curve() {
        return this.props.record.data[this.props.name] || {readings: []};
    }

    get points() {
        const {readings, tz} = this.curve;
        const first = readings.length ? readings[0][1] : 0;
        return readings.map(([epoch, wh], index) => {
            const next = readings[index + 1];
            const hours = next ? (next[0] - epoch) / 3600 : 0;
            return {
                label: DateTime.fromSeconds(epoch, {zone: tz || "utc"}).toFormat("dd LLL HH:mm"),
                kwh: (wh - first) / 1000,
                kw: hours > 0 ? (next[1] - wh) / 1000 / hours : null,
            };
        });
    }

    get caption() {
        const {readings, tz, estimated} = this.curve;
        if (estimated) {
            return _t("No readings: constant power between start and end is assumed (%s).", tz);
        }
        return _t("%(count)s register readings, site time (%(tz)s).", {count: readings.length, tz});
    }

    draw() {
        if (this.chart) {
            this.chart.destroy();
        }
        if (!this.canvas.el) {
            return;
        }
        const points = this.points;
        this.chart = new Chart(this.canvas.el, {
            data: {
                labels: points.map((point) => point.label),
                datasets: [
                    {
                        type: "line",
                        label: _t("Energy (kWh)"),
                        data: points.map((point) => point.kwh),
                        borderColor: "#714B67",
                        backgroundColor: "#714B67",
                        pointRadius: points.length > 60 ? 0 : 2,
                        yAxisID: "energy",
                    },
                    {
                        type: "line",
                        label: _t("Mean power (kW)"),
                        data: points.map((point) => point.kw),
                        stepped: "before",
                        fill: true,
                        borderColor: "#1AD3BB",
                        backgroundColor: "rgba(26, 211, 187, 0.15)",
                        pointRadius: 0,
                        yAxisID: "power",
                    },
                ],
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: {mode: "index", intersect: false},
                scales: {
                    energy: {position: "left", beginAtZero: true, title: {display: true, text: "kWh"}},
                    power: {
                        position: "right",
                        beginAtZero: true,
                        title: {display: true, text: "kW"},
                        grid: {drawOnChartArea: false},
                    },
                },
            },
        });
    }
}

registry.category("fields").add("ev_curve", {
    component: EvCurve,
    displayName: _t("Charging curve"),
    supportedTypes: ["json"],
});
