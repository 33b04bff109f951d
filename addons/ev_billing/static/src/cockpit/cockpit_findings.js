import {Component} from "@odoo/owl";
import {CockpitLink} from "./cockpit_link";

/**
 * Open findings by rule with the money at risk, those that block first.
 */
export class CockpitFindings extends Component {
    static template = "ev_billing.CockpitFindings";
    static components = {CockpitLink};
    static props = {findings: Object, checkedAt: String, open: Function};

    badge(row) {
        return {critical: "text-bg-danger", warning: "text-bg-warning"}[row.severity] || "text-bg-info";
    }
}
