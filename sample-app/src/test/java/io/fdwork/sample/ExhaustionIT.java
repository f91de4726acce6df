package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * What happens at the limits that the kernel sets: open files, descriptors in flight,
 * users.
 */
@Tag("long")
class ExhaustionIT {

	/**
	 * A user that nobody else is, as descriptors in flight are counted for each.
	 */
	private static final String USER = "54321";

	/**
	 * A user that nobody else is, as threads are counted for each.
	 */
	private static final String THIRD_USER = "54322";

	// What takes the last ones may be between two of them
	private static void awaitFull(ForkedJvm daemon) {
		AtomicInteger last = new AtomicInteger();
		AtomicLong since = new AtomicLong();
		Await.until(() -> {
			int now = daemon.descriptors();
			if (last.getAndSet(now) != now) {
				since.set(System.nanoTime());
			}
			return now > 250 && System.nanoTime() - since.get() > TimeUnit.MILLISECONDS.toNanos(200);
		});
	}

	@Test
	void shouldGetNothingAndLoseNothingWhileWorkerHasTooFewDescriptors() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.launchDaemon();
			fleet.prefix("prlimit", "--nofile=320");
			ForkedJvm worker = fleet.startWorker("--fdwork.worker.descriptor-reserve=128");
			fleet.awaitReady(worker);
			List<Future<String>> answers = Client.getAll(fleet.port(), "/work?millis=1500", 400);
			Await.until(() -> metric(fleet, "fdwork_worker_paused") == 1);
			assertThat(worker.descriptors()).isLessThan(320 - 60);
			for (Future<String> answer : answers) {
				assertThat(answer.get()).isEqualTo(String.valueOf(worker.pid()));
			}
			Await.until(() -> metric(fleet, "fdwork_worker_paused") == 0);
			assertThat(metric(fleet, "fdwork_worker_pauses_total")).isPositive();
			assertThat(metric(fleet, "fdwork_frames_rejected_total")).isZero();
			assertThat(worker.log().split("descriptors are free", -1)).as("logged once").hasSize(2);
		}
	}

	@Test
	void shouldPauseAndServeBacklogWhenDaemonHasNoDescriptorLeft() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.prefix("prlimit", "--nofile=256");
			ForkedJvm daemon = fleet.launchDaemon();
			fleet.prefix();
			ForkedJvm worker = fleet.startWorker();
			fleet.awaitReady(worker);
			List<Client.Connection> hoard = new ArrayList<>();
			List<Future<String>> answers;
			try {
				for (int i = 0; i < 300; i++) {
					hoard.add(Client.connect(fleet.managementPort()));
				}
				awaitFull(daemon);
				answers = Client.getAll(fleet.port(), "/pid", 20);
				Await.until(() -> daemon.log().contains("Accepting on"));
				assertThat(answers).noneMatch(Future::isDone);
			}
			finally {
				for (Client.Connection connection : hoard) {
					connection.close();
				}
			}
			for (Future<String> answer : answers) {
				assertThat(answer.get()).isEqualTo(String.valueOf(worker.pid()));
			}
			Await.until(() -> metric(fleet, "fdwork_listener_failed_total") > 0);
			assertThat(daemon.log().split("Accepting on", -1)).as("logged once").hasSize(2);
			assertThat(Client.get(fleet.port(), "/pid")).isEqualTo(String.valueOf(worker.pid()));
		}
	}

	@Test
	void shouldTakeFewerThanMayBeInFlightAndWelcomeWorkerWhenQueueIsFull() throws Exception {
		assumeOtherUser();
		try (ForkedFleet fleet = new ForkedFleet()) {
			open(fleet.directory());
			fleet.prefix(asOtherUserWithFewDescriptors());
			ForkedJvm daemon = fleet.startDaemon("--fdwork.daemon.queues.default.capacity=512");
			assertThat(daemon.log()).contains("The queues hold 192 requests instead of 512");
			List<Future<String>> answers = Client.getAll(fleet.port(), "/pid", 300);
			Await.until(() -> fleet.state().at("/listeners/0/state").asString("").equals("PAUSED"));
			assertThat(fleet.depth()).isEqualTo(192);
			ForkedJvm worker = fleet.startWorker();
			for (Future<String> answer : answers) {
				assertThat(answer.get()).isEqualTo(String.valueOf(worker.pid()));
			}
			Await.until(() -> fleet.state().at("/listeners/0/state").asString("").equals("LISTENING"));
			assertThat(fleet.accepted()).isEqualTo(300);
		}
	}

	@Test
	void shouldTreatTooManyDescriptorsInFlightAsFullQueue() throws Exception {
		assumeOtherUser();
		try (ForkedFleet hog = new ForkedFleet(); ForkedFleet fleet = new ForkedFleet()) {
			open(hog.directory());
			open(fleet.directory());
			hog.prefix(asOtherUserWithFewDescriptors());
			fleet.prefix(asOtherUserWithFewDescriptors());
			ForkedJvm hoarder = hog.startDaemon();
			fleet.startDaemon();
			Client.getAll(hog.port(), "/pid", 192);
			Await.until(() -> hog.depth() == 192);
			List<Future<String>> answers = Client.getAll(fleet.port(), "/pid", 150);
			Await.until(() -> fleet.state().at("/listeners/0/state").asString("").equals("PAUSED"));
			assertThat(fleet.depth()).isBetween(50L, 70L);
			hoarder.kill();
			Await.until(() -> fleet.depth() == 150);
			assertThat(fleet.state().at("/listeners/0/state").asString("")).isEqualTo("LISTENING");
			assertThat(metric(fleet, "fdwork_requests_dropped_total")).isZero();
			ForkedJvm worker = fleet.startWorker();
			for (Future<String> answer : answers) {
				assertThat(answer.get()).isEqualTo(String.valueOf(worker.pid()));
			}
		}
	}

	private static String[] asOtherUserWithFewDescriptors() {
		return new String[] { "prlimit", "--nofile=256", "setpriv", "--reuid=" + USER, "--regid=" + USER,
				"--clear-groups" };
	}

	@Test
	void shouldEndWhenThereIsNoThreadForTheStartOfDaemon() throws Exception {
		assumeOtherUser();
		try (ForkedFleet fleet = new ForkedFleet()) {
			open(fleet.directory());
			fleet.prefix(asThirdUserWithThreads(1000));
			ForkedJvm daemon = fleet.startDaemon();
			int threads = threads(daemon);
			daemon.kill();
			int failed = 0;
			for (int limit = threads - 1; limit > threads - 8; limit--) {
				fleet.prefix(asThirdUserWithThreads(limit));
				ForkedJvm limited = fleet.launchDaemon();
				// One that cannot start and does not end either would hold its ports.
				// One that has started may have no thread left for its endpoint
				Await.until(() -> hasEnded(limited) || limited.log().contains("Started "));
				if (hasEnded(limited)) {
					assertThat(limited.awaitExit()).as("with %s threads", limit).isNotZero();
					failed++;
				}
				limited.kill();
			}
			assertThat(failed).isPositive();
		}
	}

	private static int threads(ForkedJvm jvm) throws IOException {
		try (Stream<Path> threads = Files.list(Path.of("/proc", String.valueOf(jvm.pid()), "task"))) {
			return (int) threads.count();
		}
	}

	private static boolean hasEnded(ForkedJvm jvm) {
		return ProcessHandle.of(jvm.pid()).filter(ProcessHandle::isAlive).isEmpty();
	}

	private static String[] asThirdUserWithThreads(int limit) {
		return new String[] { "prlimit", "--nproc=" + limit, "setpriv", "--reuid=" + THIRD_USER,
				"--regid=" + THIRD_USER, "--clear-groups" };
	}

	@Test
	void shouldLetInWorkersOfAllowedUserOnly() throws Exception {
		assumeOtherUser();
		try (ForkedFleet fleet = new ForkedFleet()) {
			open(fleet.directory());
			ForkedJvm daemon = fleet.startDaemon("--fdwork.daemon.allowed-groups=" + USER);
			fleet.prefix("setpriv", "--reuid=" + USER, "--regid=65534", "--clear-groups");
			ForkedJvm stranger = fleet.startWorker();
			Await.until(() -> stranger.requireAlive()
					&& metric(fleet, "fdwork_control_rejected_total", "foreign_user") > 0);
			assertThat(fleet.state().path("workers")).isEmpty();
			stranger.kill();
			fleet.prefix("setpriv", "--reuid=" + USER, "--regid=" + USER, "--clear-groups");
			ForkedJvm worker = fleet.startWorker();
			fleet.awaitReady(worker);
			assertThat(Client.get(fleet.port(), "/pid")).isEqualTo(String.valueOf(worker.pid()));
			assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(fleet.directory().resolve("run"))))
				.isEqualTo("rwx--x--x");
			assertThat(daemon.log()).contains("is not of uid");
		}
	}

	@Test
	void shouldNotTrustDaemonOfAnotherUser() throws Exception {
		assumeOtherUser();
		try (ForkedFleet fleet = new ForkedFleet()) {
			open(fleet.directory());
			fleet.prefix("setpriv", "--reuid=" + USER, "--regid=" + USER, "--clear-groups");
			fleet.startDaemon("--fdwork.daemon.allowed-users=root");
			fleet.prefix();
			ForkedJvm worker = fleet.startWorker();
			Await.until(() -> worker.requireAlive() && worker.log().contains("The daemon is of uid " + USER));
			worker.kill();
			ForkedJvm trusting = fleet.startWorker("--fdwork.worker.daemon-user=" + USER);
			fleet.awaitReady(trusting);
		}
	}

	private static double metric(ForkedFleet fleet, String name) {
		return metric(fleet, name, "");
	}

	private static double metric(ForkedFleet fleet, String name, String tag) {
		String body = fleet.management("/actuator/prometheus");
		return (body == null) ? -1
				: body.lines()
					.filter((line) -> line.startsWith(name + "{") || line.startsWith(name + " "))
					.filter((line) -> line.contains(tag))
					.mapToDouble((line) -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
					.sum();
	}

	private static void open(Path directory) throws IOException {
		Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
	}

	private static void assumeOtherUser() throws IOException {
		assumeThat(System.getProperty("user.name")).as("only root can become another user").isEqualTo("root");
		for (Path path = Path.of("target", "sample-app.jar").toRealPath(); path != null; path = path.getParent()) {
			assumeThat(Files.getPosixFilePermissions(path)).as("another user can reach the jar, through " + path)
				.contains((Files.isDirectory(path)) ? PosixFilePermission.OTHERS_EXECUTE
						: PosixFilePermission.OTHERS_READ);
		}
		for (Path path = Path.of(System.getProperty("java.home")).toRealPath(); path != null; path = path.getParent()) {
			assumeThat(Files.getPosixFilePermissions(path)).as("another user can run the JDK, through " + path)
				.contains(PosixFilePermission.OTHERS_EXECUTE);
		}
	}

}
