package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What the workers have written into their {@link Journal journals} of requests with a
 * name.
 */
final class ExecutedRequests {

	private ExecutedRequests() {
	}

	/**
	 * Return who has executed what.
	 * @param journals the directory of the journals
	 * @return the processes, by the name of the request; one that did so twice is there
	 * twice
	 */
	static Map<String, List<Long>> in(Path journals) throws IOException {
		Map<String, List<Long>> executed = new HashMap<>();
		try (Stream<Path> files = Files.list(journals)) {
			for (Path file : files.toList()) {
				for (String line : Files.readAllLines(file)) {
					String[] words = line.split(" ");
					if (words[1].equals("EXECUTED")) {
						executed.computeIfAbsent(words[2], (name) -> new ArrayList<>()).add(Long.parseLong(words[3]));
					}
				}
			}
		}
		return executed;
	}

}
