package io.fdwork.internal.fleet;

import java.nio.file.Path;
import java.util.List;

/**
 * The workers that a daemon has left to the next one.
 */
public final class Survivors {

	private Survivors() {
	}

	/**
	 * Find them.
	 * @param directory the directory of the daemon
	 * @return their process ids, empty if there are none
	 */
	public static List<Long> of(Path directory) {
		FleetFile.Content left = new FleetFile(directory).read();
		return (left == null) ? List.of()
				: left.members()
					.stream()
					.flatMap((member) -> left.identity(member).flatMap(AdoptedProcess::find).stream())
					.filter(WorkerProcess::isAlive)
					.map(WorkerProcess::pid)
					.toList();
	}

}
