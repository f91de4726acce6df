package io.fdwork.internal.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds who listens on a port, as far as this user may know (proc(5)).
 */
final class PortHolder {

	private static final Logger logger = LoggerFactory.getLogger(PortHolder.class);

	private static final String LISTENING = "0A";

	private static final int MAX_COMMAND_LENGTH = 120;

	private static final int MAX_HOLDERS = 5;

	private PortHolder() {
	}

	/**
	 * Describe the processes that listen on a port.
	 * @return the end of a sentence, empty if none can be seen
	 */
	static String describe(int port) {
		try {
			Set<String> sockets = new HashSet<>();
			addSockets(Path.of("/proc/net/tcp"), port, sockets);
			addSockets(Path.of("/proc/net/tcp6"), port, sockets);
			List<String> holders = (sockets.isEmpty()) ? List.of() : holders(sockets);
			return (holders.isEmpty()) ? "" : " by " + String.join(", ", holders);
		}
		catch (IOException | RuntimeException ex) {
			logger.debug("Cannot find who holds port {}", port, ex);
			return "";
		}
	}

	private static void addSockets(Path table, int port, Set<String> sockets) throws IOException {
		if (!Files.isReadable(table)) {
			return;
		}
		for (String line : Files.readAllLines(table)) {
			String[] fields = line.strip().split("\\s+");
			if (fields.length > 9 && fields[3].equals(LISTENING) && fields[1].endsWith(String.format(":%04X", port))) {
				sockets.add("socket:[" + fields[9] + "]");
			}
		}
	}

	/**
	 * This process has the socket as well when somebody has given it back meanwhile, and
	 * is not who keeps it from itself unless nobody else has it.
	 */
	private static List<String> holders(Set<String> sockets) throws IOException {
		List<Path> holders = new ArrayList<>();
		try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
			for (Path process : processes) {
				if (holds(process, sockets)) {
					holders.add(process);
				}
			}
		}
		if (holders.size() > 1) {
			holders.removeIf((process) -> process.endsWith(String.valueOf(ProcessHandle.current().pid())));
		}
		return holders.stream()
			.limit(MAX_HOLDERS)
			.map((process) -> "pid " + process.getFileName() + " (" + command(process) + ")")
			.toList();
	}

	private static boolean holds(Path process, Set<String> sockets) {
		try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
			for (Path descriptor : descriptors) {
				if (Files.isSymbolicLink(descriptor)
						&& sockets.contains(Files.readSymbolicLink(descriptor).toString())) {
					return true;
				}
			}
		}
		catch (IOException ex) {
			// Another user's, or gone
			logger.trace("Cannot look into {}", process, ex);
		}
		return false;
	}

	private static String command(Path process) {
		try {
			String command = new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8)
				.replace('\0', ' ')
				.strip();
			return (command.length() > MAX_COMMAND_LENGTH) ? command.substring(0, MAX_COMMAND_LENGTH) + "..." : command;
		}
		catch (IOException ex) {
			return "?";
		}
	}

}
