import {COLORS, CockpitChart} from "./cockpit_chart";
import {Component} from "@odoo/owl";
import {CockpitLink} from "./cockpit_link";
import {_t} from "@web/core/l10n/translation";
import {formatInteger} from "@web/views/fields/formatters";

/**
 * The last twelve months: volume, money, findings, and how long they took to close.
 */
export class CockpitHistory extends Component {
    static template = "ev_billing.CockpitHistory";
    static components = {CockpitChart, CockpitLink};
    static props = {history: Array, month: String, open: Function, choose: Function};

    get chartLabel() {
        return _t("Days to close by month");
    }

    get closed() {
        return this.props.history.filter((row) => row.days_to_close !== false).reverse();
    }

    get config() {
        return {
            type: "bar",
            data: {
                labels: this.closed.map((row) => row.short),
                datasets: [
                    {
                        label: _t("Days to close"),
                        data: this.closed.map((row) => row.days_to_close),
                        backgroundColor: COLORS.days,
                        maxBarThickness: 28,
                        minBarLength: 3,
                    },
                ],
            },
            options: {
                plugins: {legend: {display: false}, title: {display: true, text: _t("Days to close")}},
                scales: {y: {beginAtZero: true, suggestedMax: 5, ticks: {precision: 0}}, x: {grid: {display: false}}},
            },
        };
    }

    format(count) {
        return formatInteger(count);
    }

    pick(index) {
        this.props.choose(this.closed[index].value);
    }
}
