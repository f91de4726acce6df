package io.fdwork.autoconfigure;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.NativePlatform;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.fleet.Survivors;
import io.fdwork.internal.launch.JvmSetup;
import io.fdwork.internal.systemd.Systemd;
import io.fdwork.internal.wire.ControlAddress;
import org.jspecify.annotations.Nullable;

import org.springframework.core.env.Environment;

/**
 * Checks that what a process with a role needs outside of itself is there, and that its
 * properties do not want one thing twice.
 */
final class Surroundings {

	private final FdworkProperties properties;

	private final Environment environment;

	Surroundings(FdworkProperties properties, Environment environment) {
		this.properties = properties;
		this.environment = environment;
	}

	/**
	 * Check what a daemon needs.
	 * @param options what it listens on
	 */
	void checkDaemon(DaemonOptions options) {
		checkProcess();
		Daemon.requireDescriptors();
		checkPorts(options.getListeners());
		FdworkProperties.Fleet fleet = this.properties.getDaemon().getFleet();
		if (fleet.startsWorkers()) {
			checkFleet(fleet, this.properties.directoryOrDefault());
		}
		DaemonDirectory.checkUsable(this.properties.directoryOrDefault());
	}

	/**
	 * Check what a worker needs.
	 */
	void checkWorker() {
		checkProcess();
		ControlAddress.in(this.properties.directoryOrDefault());
	}

	private void checkProcess() {
		NativePlatform.require();
		if (this.properties.getSystemd().isEnabled()) {
			checkSystemd(System.getenv());
		}
	}

	static void checkSystemd(Map<String, String> variables) {
		Systemd.of(variables).close();
	}

	private void checkPorts(List<DaemonOptions.ListenerOptions> listeners) {
		for (int i = 0; i < listeners.size(); i++) {
			InetSocketAddress address = listeners.get(i).address();
			String property = "fdwork.daemon.listeners[" + i + "].port";
			for (int j = 0; j < i; j++) {
				InvalidFdworkPropertyException.check(!isSame(address, listeners.get(j).address()), property,
						address.getPort(), "another one than that of fdwork.daemon.listeners[" + j + "], or give "
								+ "both addresses that do not include each other");
			}
			InetSocketAddress management = management();
			InvalidFdworkPropertyException.check(management == null || !isSame(address, management), property,
					address.getPort(), "another one than management.server.port");
		}
	}

	private @Nullable InetSocketAddress management() {
		int port = this.environment.getProperty("management.server.port", Integer.class, -1);
		if (port <= 0 || !ManagementPort.isSeparate(this.environment)) {
			return null;
		}
		InetAddress address = this.environment.getProperty("management.server.address", InetAddress.class);
		return (address != null) ? new InetSocketAddress(address, port) : new InetSocketAddress(port);
	}

	private static boolean isSame(InetSocketAddress one, InetSocketAddress other) {
		return one.getPort() > 0 && one.getPort() == other.getPort()
				&& (includes(one.getAddress(), other.getAddress()) || includes(other.getAddress(), one.getAddress()));
	}

	/**
	 * What is bound to all addresses is of both kinds, if it is not of IPv4 alone.
	 */
	private static boolean includes(InetAddress one, InetAddress other) {
		return one.equals(other) || (one.isAnyLocalAddress() && one.getAddress().length >= other.getAddress().length);
	}

	private static void checkFleet(FdworkProperties.Fleet fleet, Path directory) {
		Path jar = fleet.getJar();
		// Workers of an earlier daemon may run that of a refresh
		InvalidFdworkPropertyException.check(
				jar == null || (Files.isRegularFile(jar) && Files.isReadable(jar))
						|| !Survivors.of(directory).isEmpty(),
				"fdwork.daemon.fleet.jar", String.valueOf(jar), "a jar that is there and can be read");
		Path javaHome = fleet.getJavaHome();
		InvalidFdworkPropertyException.check(
				javaHome == null || Files.isExecutable(new JvmSetup(javaHome, Map.of(), Set.of(), null).java()),
				"fdwork.daemon.fleet.java-home", String.valueOf(javaHome),
				"the directory of a JDK, with bin/java in it");
		Path workingDirectory = fleet.getWorkingDirectory();
		InvalidFdworkPropertyException.check(workingDirectory == null || Files.isDirectory(workingDirectory),
				"fdwork.daemon.fleet.working-directory", String.valueOf(workingDirectory), "a directory that is there");
	}

}
