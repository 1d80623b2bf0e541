/** In the sample's data folder: the port that its page listens on, while it runs. */
export const PORT_FILE = "control-port";
