package io.fdwork.sample.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The connections to a port that a process has in its descriptor table, by proc(5). To be
 * asked of a process that is stopped: the table is not read in one moment.
 */
final class HeldConnections {

	private static final List<Path> CONNECTIONS = List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));

	private static final Pattern SOCKET = Pattern.compile("socket:\\[(\\d+)]");

	private static final int LOCAL = 1;

	private static final int REMOTE = 2;

	private static final int INODE = 9;

	private HeldConnections() {
	}

	/**
	 * Return the ports of the clients.
	 * @param pid the process
	 * @param port the port that they have connected to
	 * @throws IOException if the process has gone
	 */
	static Set<Integer> clients(long pid, int port) throws IOException {
		Set<String> own = sockets(pid);
		Set<Integer> clients = new HashSet<>();
		for (Path connections : CONNECTIONS) {
			for (String line : Files.readAllLines(connections)) {
				String[] fields = line.trim().split("\\s+");
				if (own.contains(fields[INODE]) && port(fields[LOCAL]) == port) {
					clients.add(port(fields[REMOTE]));
				}
			}
		}
		// The socket that listens
		clients.remove(0);
		return clients;
	}

	// Address and port, hexadecimal
	private static int port(String address) {
		return Integer.parseInt(address.substring(address.indexOf(':') + 1), 16);
	}

	private static Set<String> sockets(long pid) throws IOException {
		List<Path> descriptors;
		try (Stream<Path> entries = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
			descriptors = entries.toList();
		}
		return descriptors.stream()
			.map(HeldConnections::target)
			.map(SOCKET::matcher)
			.filter(Matcher::matches)
			.map((matcher) -> matcher.group(1))
			.collect(Collectors.toSet());
	}

	private static String target(Path descriptor) {
		try {
			return Files.readSymbolicLink(descriptor).toString();
		}
		catch (IOException ex) {
			return "";
		}
	}

}
