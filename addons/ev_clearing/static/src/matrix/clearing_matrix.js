import {Component, onWillStart, useState} from "@odoo/owl";
import {CockpitLink} from "@ev_billing/cockpit/cockpit_link";
import {KeepLast} from "@web/core/utils/concurrency";
import {Layout} from "@web/search/layout";
import {formatInteger} from "@web/views/fields/formatters";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";

/**
 * One number of the matrix: sessions, energy, money, and what is to be said about it.
 */
export class MatrixCell extends Component {
    static template = "ev_clearing.MatrixCell";
    static components = {CockpitLink};
    static props = {cell: Object, open: Function};

    format(count) {
        return formatInteger(count);
    }
}

/**
 * Sessions x invoices x payments of one company and month, a row per eMSP.
 * The server sends what to show and, with each number, the action that opens its records.
 */
export class ClearingMatrix extends Component {
    static template = "ev_clearing.ClearingMatrix";
    static components = {CockpitLink, Layout, MatrixCell};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.display = {controlPanel: {}};
        const chosen = {...this.props.action.params, ...this.props.state};
        this.state = useState({
            companyId: chosen.company_id || false,
            month: chosen.month || false,
            onlyOpen: chosen.only_open || false,
            matrix: null,
        });
        useSetupAction({
            getLocalState: () => ({
                company_id: this.state.companyId,
                month: this.state.month,
                only_open: this.state.onlyOpen,
            }),
        });
        onWillStart(() => this.load());
    }

    /** What the month chooser shared with the close cockpit reads. */
    get cockpit() {
        return this.state.matrix;
    }

    get matrix() {
        return this.state.matrix;
    }

    get rows() {
        return this.matrix.rows.filter((row) => row.is_open || !this.state.onlyOpen);
    }

    async load() {
        const {companyId, month} = this.state;
        const matrix = await this.keepLast.add(
            this.orm.call("ev.run", "get_clearing_matrix", [], {company_id: companyId, month})
        );
        this.state.matrix = matrix;
        this.state.companyId = matrix.company.id;
        this.state.month = matrix.month;
    }

    chooseMonth(month) {
        this.state.month = month;
        return this.load();
    }

    chooseCompany(companyId) {
        this.state.companyId = parseInt(companyId);
        return this.load();
    }

    toggleOpen() {
        this.state.onlyOpen = !this.state.onlyOpen;
    }

    open(action) {
        return this.action.doAction(action);
    }
}

registry.category("actions").add("ev_clearing.clearing_matrix", ClearingMatrix);
