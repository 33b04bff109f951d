import {Component} from "@odoo/owl";
import {CockpitLink} from "./cockpit_link";

/**
 * How far the contracts of the run are, what stopped some of them, and what the jobs do.
 */
export class CockpitContracts extends Component {
    static template = "ev_billing.CockpitContracts";
    static components = {CockpitLink};
    static props = {
        contracts: Object,
        jobs: Object,
        may: Boolean,
        busy: Boolean,
        open: Function,
        tryAgain: Function,
    };

    width(step) {
        return (100 * step.count) / this.props.contracts.total;
    }
}
