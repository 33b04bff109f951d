/** Bank files dropped on their list are imported at once; only who may import them sees the button. */

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { onWillStart } from "@odoo/owl";

import { fileUploadListView } from "@account/views/file_upload_list/file_upload_list_view";
import { FileUploadListController } from "@account/views/file_upload_list/file_upload_list_controller";
import { FileUploadListRenderer } from "@account/views/file_upload_list/file_upload_list_renderer";

const MAKER = "ev_sepa.group_payment_maker";

class BankFileListController extends FileUploadListController {
    setup() {
        super.setup();
        onWillStart(async () => {
            this.isMaker = await user.hasGroup(MAKER);
        });
    }
}

class BankFileListRenderer extends FileUploadListRenderer {
    setup() {
        super.setup();
        this.dropZoneTitle = _t("Drop the bank's files here");
        this.dropZoneDescription = _t("Statements, notifications and status reports are recognised by themselves.");
        onWillStart(async () => {
            this.isMaker = await user.hasGroup(MAKER);
        });
    }

    onDragStart(ev) {
        if (this.isMaker) {
            super.onDragStart(ev);
        }
    }

    async onPaste(ev) {
        if (this.isMaker) {
            await super.onPaste(ev);
        }
    }
}

registry.category("views").add("ev_bank_file_list", {
    ...fileUploadListView,
    Controller: BankFileListController,
    Renderer: BankFileListRenderer,
    buttonTemplate: "ev_sepa.BankFileList.Buttons",
});
