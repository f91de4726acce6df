package io.fdwork.sample.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.fdwork.sample.fixture.Await;

/**
 * Counts the system calls of a contender with strace, which slows it down: in a run of
 * its own.
 */
final class SystemCalls {

	private static final Duration TIME = Duration.ofSeconds(2);

	private static final long END_SECONDS = 30;

	// Those that are made once in a while are none of a request
	private static final double LEAST_PER_REQUEST = 0.01;

	private SystemCalls() {
	}

	/**
	 * Return whether there is what it takes.
	 */
	static boolean canBeCounted() {
		return Command.exists("strace");
	}

	/**
	 * Count system calls.
	 * @param contender whose
	 * @param load what it has to do meanwhile
	 * @return how often each is made for a request, by part
	 */
	static Map<String, Map<String, Double>> count(Contender contender, Wrk load) throws IOException {
		Map<String, Process> tracers = new LinkedHashMap<>();
		Map<String, List<Long>> pids = contender.pids();
		try {
			for (Map.Entry<String, List<Long>> part : pids.entrySet()) {
				tracers.put(part.getKey(), trace(part.getValue(), file(contender, part.getKey())));
			}
			pids.values().forEach((all) -> Await.until(() -> all.stream().allMatch(SystemCalls::isTraced)));
			long requests = Math.max(1, load.run(contender.port(), TIME).requests());
			Map<String, Map<String, Double>> calls = new LinkedHashMap<>();
			for (Map.Entry<String, Process> tracer : tracers.entrySet()) {
				end(tracer.getValue());
				calls.put(tracer.getKey(), read(Files.readAllLines(file(contender, tracer.getKey())), requests));
			}
			return calls;
		}
		finally {
			// Lets the processes go
			tracers.values().forEach(Process::destroyForcibly);
		}
	}

	private static Path file(Contender contender, String part) {
		return contender.directory().resolve(part + ".calls");
	}

	private static Process trace(List<Long> pids, Path file) throws IOException {
		List<String> command = new ArrayList<>(List.of("strace", "-f", "-c", "-q", "-o", file.toString()));
		pids.forEach((pid) -> command.addAll(List.of("-p", String.valueOf(pid))));
		return new ProcessBuilder(command).redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD)
			.start();
	}

	private static boolean isTraced(long pid) {
		try (Stream<Path> threads = Files.list(Path.of("/proc", String.valueOf(pid), "task"))) {
			for (Path thread : threads.toList()) {
				if (Files.readString(thread.resolve("status")).contains("TracerPid:\t0\n")) {
					return false;
				}
			}
			return true;
		}
		catch (IOException ex) {
			// A thread has ended
			return false;
		}
	}

	private static void end(Process tracer) throws IOException {
		Command.run(List.of("kill", "-INT", String.valueOf(tracer.pid())));
		try {
			if (!tracer.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
				throw new IOException("strace does not end");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException(ex);
		}
	}

	// % time, seconds, usecs/call, calls, errors if there are any, name
	static Map<String, Double> read(List<String> lines, long requests) {
		Map<String, Double> calls = new TreeMap<>();
		for (String line : lines) {
			String[] fields = line.trim().split("\\s+");
			if (fields.length < 5 || !fields[3].matches("\\d+") || fields[fields.length - 1].equals("total")) {
				continue;
			}
			double perRequest = Long.parseLong(fields[3]) / (double) requests;
			if (perRequest >= LEAST_PER_REQUEST) {
				calls.put(fields[fields.length - 1], perRequest);
			}
		}
		return calls;
	}

}
