package io.fdwork.worker;

/**
 * Which clients have departed, so that what they have asked for is not served: it is
 * closed before a handler or a web server sees it.
 */
public enum DepartedClients {

	/**
	 * Those who have reset their connections, and those who have closed them and left
	 * nothing to read. Whoever has sent a request and then closed its side may still read
	 * the answer, and is served.
	 */
	RESET,

	/**
	 * The same, and whoever has closed its side, whatever it has sent before.
	 */
	CLOSED

}
