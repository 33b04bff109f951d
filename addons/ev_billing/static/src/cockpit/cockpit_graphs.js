import {COLORS, CockpitChart} from "./cockpit_chart";
import {Component} from "@odoo/owl";
import {CockpitLink} from "./cockpit_link";
import {_t} from "@web/core/l10n/translation";

const PARTS = ["revenue", "charged", "paid_out", "energy"];
// What goes out points to the left.
const SIGNS = {revenue: 1, charged: 1, paid_out: -1, energy: -1};

/**
 * Margin per site, energy by kind of session, days until documents are paid.
 */
export class CockpitGraphs extends Component {
    static template = "ev_billing.CockpitGraphs";
    static components = {CockpitChart, CockpitLink};
    static props = {margin: Object, kinds: Array, daysToPay: Array, currency: String, open: Function};

    get labels() {
        return {
            margin: _t("Margin per site"),
            kinds: _t("Energy by kind of session"),
            days: _t("Days to pay by month of the document"),
        };
    }

    get marginConfig() {
        const rows = this.props.margin.rows;
        const names = {
            revenue: _t("Revenue"),
            charged: _t("Charged to hosts"),
            paid_out: _t("Paid to hosts"),
            energy: _t("Energy"),
        };
        return {
            type: "bar",
            data: {
                labels: rows.map((row) => row.label),
                datasets: PARTS.filter((part) => rows.some((row) => row[part])).map((part) => ({
                    label: names[part],
                    data: rows.map((row) => SIGNS[part] * row[part]),
                    backgroundColor: COLORS[part],
                    maxBarThickness: 18,
                })),
            },
            options: {
                indexAxis: "y",
                plugins: {legend: {position: "bottom", labels: {boxWidth: 12}}},
                scales: {
                    x: {stacked: true, title: {display: true, text: this.props.currency}},
                    y: {stacked: true, grid: {display: false}},
                },
            },
        };
    }

    get marginHeight() {
        return 90 + 26 * this.props.margin.rows.length;
    }

    get kindsConfig() {
        const kinds = this.props.kinds;
        return {
            type: "doughnut",
            data: {
                labels: kinds.map((kind) => kind.label),
                datasets: [
                    {
                        data: kinds.map((kind) => kind.kwh),
                        backgroundColor: kinds.map((kind) => COLORS[kind.key]),
                        borderWidth: 1,
                    },
                ],
            },
            options: {cutout: "62%", plugins: {legend: {display: false}}},
        };
    }

    get daysConfig() {
        const rows = this.props.daysToPay;
        return {
            type: "bar",
            data: {
                labels: rows.map((row) => row.short),
                datasets: [
                    {
                        label: _t("Days to pay, on average"),
                        data: rows.map((row) => (row.days === false ? null : row.days)),
                        backgroundColor: COLORS.days,
                        maxBarThickness: 28,
                        minBarLength: 3,
                    },
                ],
            },
            options: {
                plugins: {legend: {display: false}},
                scales: {
                    y: {beginAtZero: true, suggestedMax: 10, title: {display: true, text: _t("days")}},
                    x: {grid: {display: false}},
                },
            },
        };
    }

    color(kind) {
        return COLORS[kind.key];
    }

    pick(rows, index) {
        if (rows[index].action) {
            this.props.open(rows[index].action);
        }
    }
}
