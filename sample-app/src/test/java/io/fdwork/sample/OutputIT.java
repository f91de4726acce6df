package io.fdwork.sample;

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

import io.fdwork.sample.fixture.ArchivedSample;
import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what a daemon and its workers write: nobody waits for who reads it, nothing
 * is torn, and an orderly stop says nothing that is not so.
 */
@Timeout(600)
class OutputIT {

	private static final JsonMapper mapper = JsonMapper.builder().build();

	private static final Pattern RECORD = Pattern.compile("record (\\d+) (\\d+) x+");

	@Test
	void shouldWorkWhenNobodyReadsTheOutputOfTheDaemon() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			Path pipe = fleet.directory().resolve("pipe");
			assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
			fleet.prefix("sh", "-c", "exec \"$@\" > " + pipe + " 2>&1", "sh");
			// Holds the pipe open, and reads nothing yet
			try (RandomAccessFile end = new RandomAccessFile(pipe.toFile(), "rw")) {
				ForkedJvm daemon = startDaemon(fleet, 1, "--fdwork.daemon.console-buffer=16KB");
				long first = fleet.workers("READY").get(0);
				assertThat(Client.get(fleet.port(), "/1000/500")).isEqualTo(String.valueOf(first));
				Await.until(() -> dropped(fleet) > 0);

				ProcessHandle.of(first).orElseThrow().destroyForcibly();
				long second = awaitReadyBesides(fleet, first);
				assertThat(fleet.state().at("/fleet/exits/0/lastLines/19").asString()).as("the end of its output")
					.contains("record " + first + " 1000 ");
				assertThat(fleet.operate("refresh", null).statusCode()).isEqualTo(200);
				Await.until(() -> fleet.state().at("/fleet/lastRefresh/outcome").asString("").equals("COMPLETED"));
				long third = awaitReadyBesides(fleet, second);
				assertThat(Client.get(fleet.port(), "/1000/500")).isEqualTo(String.valueOf(third));

				String read = readUntil(pipe, "lines of the standard output");
				assertThat(read.lines()).as("whole lines, but for the one that the pipe has torn")
					.filteredOn((line) -> line.contains("record "))
					.allMatch((line) -> line.endsWith("x".repeat(500)));

				assertThat(Client.get(fleet.port(), "/1000/500")).isEqualTo(String.valueOf(third));
				long start = System.nanoTime();
				assertThat(daemon.terminate()).isZero();
				assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
				assertThat(fleet.managed()).isEmpty();
				assertThat(ProcessHandle.of(third)).isEmpty();
			}
		}
	}

	@Test
	@Tag("long")
	void shouldTearNoRecordAndLoseNoneWhenFilesRoll() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			Path logs = fleet.directory().resolve("logs");
			ForkedJvm daemon = startDaemon(fleet, 2, "--logging.structured.format.console=ecs",
					"--logging.file.name=" + logs.resolve("app.log"),
					"--logging.logback.rollingpolicy.max-file-size=20KB");
			String pid = Client.get(fleet.port(), "/1/3000");
			Await.until(() -> daemon.log().contains("record " + pid + " 1 "));
			assertThat(daemon.log().lines().filter((line) -> line.contains("record " + pid + " 1 "))).singleElement()
				.satisfies((line) -> {
					JsonNode record = mapper.readTree(line);
					assertThat(record.path("message").asString()).isEqualTo("record " + pid + " 1 " + "x".repeat(3000));
					assertThat(record.at("/log/level").asString()).isEqualTo("WARN");
					assertThat(record.at("/process/pid").asString()).isEqualTo(pid);
				});
			assertThat(daemon.log().lines()).as("all of it is JSON")
				.allMatch((line) -> mapper.readTree(line).isObject());

			Map<String, Integer> expected = new TreeMap<>(Map.of(pid, 1));
			for (int i = 0; i < 100; i++) {
				Client.getAll(fleet.port(), "/50/100", 2).forEach((answer) -> {
					try {
						expected.merge(answer.get(), 50, Integer::sum);
					}
					catch (Exception ex) {
						throw new IllegalStateException(ex);
					}
				});
			}
			assertThat(expected).hasSize(2);
			assertThat(daemon.terminate()).isZero();
			assertThat(records(logs, "app-worker-1", "app-worker-2")).isEqualTo(expected);
			assertThat(records(logs, "app.log")).isEmpty();
			assertThat(daemon.log().lines()).as("all of it is JSON")
				.allMatch((line) -> mapper.readTree(line).isObject());
		}
	}

	@Test
	@Tag("long")
	void shouldAppendToFilesSayEachThingOnceAndStopQuietly() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			ForkedJvm daemon = startDaemon(fleet, 1, "--fdwork.daemon.fleet.output=file");
			ForkedJvm other = fleet.startWorker();
			Await.until(() -> fleet.workers("READY").size() == 2);
			long pid = fleet.managed().get(0);
			Path output = fleet.directory().resolve("run/output/worker-1-" + pid + ".log");
			assertThat(output).content().contains("Started LoggingApplication");
			// As copytruncate of logrotate(8)
			FileChannel.open(output, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING).close();
			new ProcessBuilder("kill", "-QUIT", String.valueOf(pid)).start().waitFor();
			Await.until(() -> Files.readString(output).contains("Full thread dump"));
			assertThat(Files.readAllBytes(output)).doesNotContain(0);

			assertThat(daemon.log()).containsOnlyOnce("Worker " + pid + " of generation 1 is ready")
				.doesNotContain("with pid " + pid + " has joined")
				.containsOnlyOnce("with pid " + other.pid() + " has joined")
				.doesNotContain("started bean", "subscriber(s)");
			assertThat(Files.readString(output)).doesNotContain("Registered with the daemon", "started bean");
			assertThat(other.log()).containsOnlyOnce("Registered with the daemon").doesNotContain("started bean");

			assertThat(daemon.terminate()).isZero();
			assertThat(daemon.log()).containsOnlyOnce("(DAEMON_ENDED)")
				.doesNotContain("without a bye", "has left", " ERROR ", " WARN ");
			assertThat(Files.readString(output)).doesNotContain("The daemon has gone", " ERROR ", " WARN ");
			Await.until(() -> other.log().contains("The daemon stops. Serving what is left"));
			assertThat(other.log()).doesNotContain("The daemon has gone");
			assertThat(other.terminate()).isZero();
		}
	}

	private static ForkedJvm startDaemon(ForkedFleet fleet, int workers, String... arguments) throws IOException {
		List<String> all = new ArrayList<>(List.of("--fdwork.daemon.fleet.min=" + workers,
				"--fdwork.worker.concurrency=1", "--fdwork.daemon.fleet.cds-archive=false",
				"--fdwork.daemon.fleet.jvm-arguments=" + String.join(",", ArchivedSample.launch().jvmArguments())));
		all.addAll(List.of(arguments));
		ForkedJvm daemon = fleet.launchDaemon(LoggingApplication.class, all.toArray(String[]::new));
		Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() == workers);
		return daemon;
	}

	private static long dropped(ForkedFleet fleet) {
		String meter = fleet.management("/actuator/metrics/fdwork.output.dropped");
		return (meter != null) ? mapper.readTree(meter).at("/measurements/0/value").asLong() : 0;
	}

	private static long awaitReadyBesides(ForkedFleet fleet, long pid) {
		List<Long> ready = new ArrayList<>();
		Await.until(() -> {
			ready.clear();
			ready.addAll(fleet.workers("READY"));
			return ready.size() == 1 && ready.get(0) != pid;
		});
		return ready.get(0);
	}

	private static String readUntil(Path pipe, String text) throws IOException {
		StringBuilder read = new StringBuilder();
		try (BufferedReader reader = new BufferedReader(
				new InputStreamReader(new FileInputStream(pipe.toFile()), StandardCharsets.UTF_8))) {
			for (String line = reader.readLine(); !line.contains(text); line = reader.readLine()) {
				read.append(line).append('\n');
			}
		}
		return read.toString();
	}

	/**
	 * Count the records of each process, and check that none is there twice or out of
	 * order in its files, which have it alone.
	 */
	private static Map<String, Integer> records(Path logs, String... names) throws IOException {
		Map<String, Integer> counts = new TreeMap<>();
		for (String name : names) {
			Map<String, TreeSet<Integer>> numbers = new TreeMap<>();
			try (Stream<Path> files = Files.list(logs)) {
				for (Path file : files.filter((path) -> path.getFileName().toString().startsWith(name)).toList()) {
					for (String line : text(file).lines().toList()) {
						Matcher record = RECORD.matcher(line);
						if (record.find()) {
							assertThat(numbers.computeIfAbsent(record.group(1), (pid) -> new TreeSet<>())
								.add(Integer.valueOf(record.group(2)))).as(line).isTrue();
						}
					}
				}
			}
			assertThat(numbers).as(name).hasSizeLessThanOrEqualTo(1);
			numbers.forEach((pid, own) -> {
				assertThat(own.last()).isEqualTo(own.size());
				counts.put(pid, own.size());
			});
		}
		return counts;
	}

	private static String text(Path file) throws IOException {
		try (InputStream input = (file.toString().endsWith(".gz")) ? new GZIPInputStream(Files.newInputStream(file))
				: Files.newInputStream(file)) {
			return new String(input.readAllBytes(), StandardCharsets.UTF_8);
		}
	}

}
