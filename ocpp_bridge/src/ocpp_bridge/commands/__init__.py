"""What the command line does besides `serve`; works beside a running bridge."""
