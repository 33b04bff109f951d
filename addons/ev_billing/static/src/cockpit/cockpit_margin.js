import {COLORS, CockpitChart} from "./cockpit_chart";
import {Component} from "@odoo/owl";
import {CockpitLink} from "./cockpit_link";
import {_t} from "@web/core/l10n/translation";

const PARTS = ["revenue", "charged", "paid_out", "energy"];
// What goes out points to the left.
const SIGNS = {revenue: 1, charged: 1, paid_out: -1, energy: -1};

/**
 * Margin per site: what came in and went out as bars, what is left as numbers.
 */
export class CockpitMargin extends Component {
    static template = "ev_billing.CockpitMargin";
    static components = {CockpitChart, CockpitLink};
    static props = {margin: Object, currency: String, open: Function};

    get label() {
        return _t("Margin per site");
    }

    get rows() {
        return this.props.margin.rows;
    }

    get config() {
        const rows = this.rows;
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

    get height() {
        return 90 + 26 * this.rows.length;
    }

    pick(index) {
        if (this.rows[index].action) {
            this.props.open(this.rows[index].action);
        }
    }
}
