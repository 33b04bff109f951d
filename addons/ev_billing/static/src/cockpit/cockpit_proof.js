import {Component} from "@odoo/owl";
import {CockpitLink} from "./cockpit_link";
import {formatInteger} from "@web/views/fields/formatters";

/**
 * Complete: all sessions = billed + on drafts + pending + quarantined + excluded.
 */
export class CockpitProof extends Component {
    static template = "ev_billing.CockpitProof";
    static components = {CockpitLink};
    static props = {proof: Object, open: Function};

    get total() {
        return this.props.proof.parts[0];
    }

    get parts() {
        return this.props.proof.parts.slice(1);
    }

    format(count) {
        return formatInteger(count);
    }
}
