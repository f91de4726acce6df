package io.fdwork.internal.serve;

import io.fdwork.FdworkStartException;
import io.fdwork.descriptor.NativePlatform;

/**
 * A web server needs the JDK's own channels, and the JDK is closed to fdwork.
 */
public class JdkChannelsRequiredException extends FdworkStartException {

	private JdkChannelsRequiredException(String webServer, String argument) {
		super(webServer + " cannot serve the connections that this worker gets: it needs channels of the JDK, whose "
				+ "package sun.nio.ch is closed to fdwork",
				"Start the JVM with " + argument
						+ ", or with java -jar and the entry 'Add-Opens: java.base/sun.nio.ch' "
						+ "in the manifest of the jar; workers that the daemon starts have it already",
				null);
	}

	/**
	 * Check that channels of the JDK can be had.
	 * @param webServer what needs them
	 * @throws JdkChannelsRequiredException if they cannot
	 */
	public static void check(String webServer) {
		String argument = NativePlatform.missingJdkChannelArgument();
		if (argument != null) {
			throw new JdkChannelsRequiredException(webServer, argument);
		}
	}

}
