import {Component} from "@odoo/owl";
import {CockpitLink} from "./cockpit_link";
import {formatInteger} from "@web/views/fields/formatters";

/**
 * One term of the equation: a number, its energy, and the records of both.
 */
class CockpitPart extends Component {
    static template = "ev_billing.CockpitPart";
    static components = {CockpitLink};
    static props = {part: Object, open: Function};

    get part() {
        return this.props.part;
    }

    get isAlarm() {
        return this.part.count > 0 && ["pending", "quarantined"].includes(this.part.key);
    }

    format(count) {
        return formatInteger(count);
    }
}

/**
 * Complete: all sessions = billed + on drafts + pending + quarantined + excluded.
 */
export class CockpitProof extends Component {
    static template = "ev_billing.CockpitProof";
    static components = {CockpitPart};
    static props = {proof: Object, open: Function};

    get total() {
        return this.props.proof.parts[0];
    }

    get parts() {
        return this.props.proof.parts.slice(1);
    }
}
