"""Where the demo's mails go: files in a folder, never another machine."""

from .process import Server


class MailSink(Server):
    """The server of `demo.mail_sink`.

    :param port: name of its port (`Settings.port`)
    """

    name = "The demo's mail server"

    def __init__(self, settings, port, folder):
        self.settings, self.port, self.folder = settings, settings.port(port), folder
        self.log_path = settings.runtime / "logs" / "mail.log"

    def start(self):
        command = [str(self.settings.python), "-m", "demo.mail_sink", str(self.port), str(self.folder)]
        self.launch(command, seconds=20, cwd=self.settings.root)
