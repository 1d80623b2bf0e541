/** Where the proxy leaves the path of the page that is asked for; a page does not know its own address. */
export const PATH_HEADER = "x-dlq-path";
