import {COLORS, CockpitChart} from "./cockpit_chart";
import {Component} from "@odoo/owl";
import {CockpitLink} from "./cockpit_link";
import {_t} from "@web/core/l10n/translation";

/**
 * Energy by kind of session, and days until documents are paid.
 */
export class CockpitGraphs extends Component {
    static template = "ev_billing.CockpitGraphs";
    static components = {CockpitChart, CockpitLink};
    static props = {kinds: Array, daysToPay: Array, open: Function};

    get labels() {
        return {
            kinds: _t("Energy by kind of session"),
            days: _t("Days to pay by month of the document"),
        };
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
