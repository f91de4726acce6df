package io.fdwork.autoconfigure;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.fdwork.OpenFiles;
import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.daemon.DaemonCustomizer;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.NativePlatform;
import io.fdwork.descriptor.UnsupportedPlatformException;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.daemon.DaemonState;
import io.fdwork.internal.daemon.ListenerBindException;
import io.fdwork.internal.daemon.SecondDaemonException;
import io.fdwork.internal.daemon.UnknownQueueException;
import io.fdwork.internal.fleet.FleetStartException;
import io.fdwork.internal.wire.DirectoryUnusableException;
import io.fdwork.internal.worker.NoHandlerException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.context.properties.ConfigurationPropertiesBindException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.Environment;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.ArgumentResolver;
import org.springframework.integration.channel.DirectChannel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests that whatever keeps a daemon or a worker from starting is explained, as Boot does
 * it with all registered analyzers, and leaves nothing behind.
 */
class StartFailureTests {

	// Those of tests before, some of which no JVM ends
	private final Set<Thread> before = Thread.getAllStackTraces().keySet();

	@TempDir
	private Path temp;

	@Test
	void shouldExplainWhenPortIsInUse() throws Exception {
		try (ServerSocket holder = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
			String port = String.valueOf(holder.getLocalPort());
			Throwable failure = failureOf(daemon().withPropertyValues("fdwork.daemon.listeners[0].port=" + port,
					"fdwork.daemon.takeover-timeout=100ms"));
			assertExplained(failure, ListenerBindException.class,
					List.of("127.0.0.1", port, "in use", "held by pid " + ProcessHandle.current().pid()),
					List.of("fdwork.daemon.listeners[].address", ".port"));
		}
	}

	@Test
	void shouldExplainWhenAddressIsNotOfThisMachine() {
		Throwable failure = failureOf(daemon().withPropertyValues("fdwork.daemon.listeners[0].address=192.0.2.1"));
		assertExplained(failure, ListenerBindException.class, List.of("192.0.2.1", "assign"),
				List.of("fdwork.daemon.listeners[].address"));
	}

	@Test
	void shouldExplainWhenDirectoryIsNotWritable() {
		// Nobody can create a directory in /proc, not even root
		Throwable failure = failureOf(daemon().withPropertyValues("fdwork.directory=/proc/fdwork"));
		assertExplained(failure, DirectoryUnusableException.class, List.of("/proc/fdwork", "cannot be used"),
				List.of("fdwork.directory", "0700"));
	}

	@Test
	void shouldExplainWhenDirectoryIsFile() throws Exception {
		Files.createFile(directory());
		Throwable failure = failureOf(daemon());
		assertExplained(failure, DirectoryUnusableException.class,
				List.of(directory().toString(), "is not a directory"), List.of("fdwork.directory"));
	}

	@Test
	void shouldExplainWhenDirectoryIsOfAnotherUser() throws Exception {
		assumeThat(Files.getAttribute(Path.of("/proc/self"), "unix:uid")).isEqualTo(0);
		Files.createDirectory(directory(),
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
		Files.setAttribute(directory(), "unix:uid", 4242);
		Throwable failure = failureOf(daemon());
		assertExplained(failure, DirectoryUnusableException.class,
				List.of(directory().toString(), "belongs to uid 4242", "this process is uid 0"),
				List.of("fdwork.directory"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "rwxr-xr-x", "rwx--x---", "rwxrwxrwx", "r-x------" })
	void shouldExplainWhenDirectoryHasAnotherMode(String mode) throws Exception {
		Files.createDirectory(directory());
		Files.setPosixFilePermissions(directory(), PosixFilePermissions.fromString(mode));
		Throwable failure = failureOf(daemon());
		assertExplained(failure, DirectoryUnusableException.class, List.of(directory().toString(), mode),
				List.of("chmod 0700", "fdwork.directory"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "daemon", "worker" })
	void shouldExplainWhenDirectoryIsTooLong(String role) {
		Path directory = this.temp.resolve("x".repeat(100));
		Throwable failure = failureOf(RoleContexts.worker(directory)
			.withBean(WorkHandler.class, () -> StartFailureTests::serve)
			.withPropertyValues("fdwork.role=" + role, "fdwork.directory=" + directory));
		int length = directory.resolve("control.sock").toString().length();
		assertExplained(failure, DirectoryUnusableException.class,
				List.of(directory.toString(), length + " bytes", "at most 107"), List.of("fdwork.directory"));
		assertThat(directory).doesNotExist();
	}

	@Test
	void shouldStartWhenDirectoryIsAsLongAsCanBe() {
		int length = 107 - this.temp.resolve("d").resolve("control.sock").toString().length() + 1;
		RoleContexts.daemon(this.temp.resolve("x".repeat(length))).run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void shouldExplainWhenThereIsDaemonAlready() {
		daemon().run((first) -> {
			assertThat(first).hasNotFailed();
			Throwable failure = failureOf(daemon());
			assertExplained(failure, SecondDaemonException.class,
					List.of(directory().toString(), "pid " + ProcessHandle.current().pid()),
					List.of("fdwork.directory"));
			assertThat(first.getBean(Daemon.class).snapshot().state()).isEqualTo(DaemonState.RUNNING);
			assertThat(directory().resolve("control.sock")).exists();
		});
	}

	@Test
	void shouldStartWhenSocketAndLockAreStale() throws Exception {
		DaemonDirectory.open(directory()).close();
		Files.createFile(directory().resolve("control.sock"));
		Files.writeString(directory().resolve("daemon.lock"), "1");
		daemon().run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void shouldExplainWhenWorkerHasNoHandler() {
		Throwable failure = failureOf(RoleContexts.worker(directory()));
		assertExplained(failure, NoHandlerException.class, List.of("fdworkGetChannel", "nothing"),
				List.of("WorkHandler", "ChannelInitializer", "integration flow"));
	}

	@Test
	void shouldExplainWhenWorkerHasTwoHandlers() {
		Throwable failure = failureOf(RoleContexts.worker(directory())
			.withBean("one", WorkHandler.class, () -> StartFailureTests::serve)
			.withBean("two", WorkHandler.class, () -> StartFailureTests::serve));
		assertExplained(failure, NoHandlerException.class,
				List.of("fdworkGetChannel", "no single bean of type WorkHandler"), List.of("WorkHandler", "@Primary"));
	}

	@Test
	void shouldExplainWhenChannelOfWorkerHasNoSubscriber() {
		Throwable failure = failureOf(RoleContexts.worker(directory())
			.withBean("mine", DirectChannel.class)
			.withPropertyValues("fdwork.worker.integration-channel=mine"));
		assertExplained(failure, NoHandlerException.class, List.of("'mine'"), List.of("'mine'"));
	}

	@Test
	void shouldExplainWhenListenerNamesUnknownQueue() {
		Throwable failure = failureOf(daemon().withPropertyValues("fdwork.daemon.listeners[0].queue=nope"));
		assertExplained(failure, UnknownQueueException.class, List.of("'nope'", "[default]"),
				List.of("fdwork.daemon.queues", "fdwork.daemon.listeners[].queue"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "fdwork.daemon.listeners[0].queue=nope", "fdwork.daemon.allowed-users=root" })
	void shouldFailBeforeAnythingIsCreatedWhenOnlyCustomizerCouldHelp(String property) throws Exception {
		Files.createDirectory(directory(),
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
		AtomicBoolean created = new AtomicBoolean();
		failureOf(daemon().withBean("user", Object.class, () -> created.getAndSet(true)).withPropertyValues(property));
		assertThat(created).isFalse();
	}

	@Test
	void shouldStartWhenCustomizerAddsTheQueueOfListener() {
		daemon().withBean(DaemonCustomizer.class, () -> (options) -> options.getQueueCapacities().put("mine", 16))
			.withPropertyValues("fdwork.daemon.listeners[0].queue=mine")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@ParameterizedTest
	@CsvSource({ "fdwork.daemon.queues.default.capacity, 1", "fdwork.daemon.queues.default.capacity, -5",
			"fdwork.daemon.queues.slow.capacity, 15", "fdwork.daemon.queues.slow.capacity, 1000001",
			"fdwork.daemon.listeners[0].port, 70000", "fdwork.daemon.listeners[0].port, -1",
			"fdwork.daemon.listeners[0].backlog, 0", "fdwork.daemon.max-workers, 0",
			"fdwork.daemon.integration-timeout, -1s", "fdwork.daemon.integration-timeout, 0s",
			"fdwork.daemon.integration-timeout, 11m", "fdwork.daemon.idle-timeout, 0s",
			"fdwork.daemon.idle-timeout, 25h", "fdwork.daemon.max-idle-connections, 0",
			"fdwork.daemon.recovery.max-connections, -1", "fdwork.daemon.recovery.max-connections, 1048577",
			"fdwork.daemon.replay.max-request-size, 255B", "fdwork.daemon.replay.max-request-size, 8193B",
			"fdwork.daemon.console-buffer, 1KB", "fdwork.daemon.console-buffer, 65MB",
			"fdwork.daemon.scrape.timeout, 0s", "fdwork.daemon.scrape.max-size, 63KB",
			"fdwork.daemon.scrape.max-size, 257MB", "fdwork.daemon.takeover-timeout, 0s",
			"fdwork.daemon.takeover-timeout, 11m", "fdwork.daemon.report-interval, -1s",
			"fdwork.daemon.report-interval, 0s", "fdwork.daemon.handshake-timeout, -1s",
			"fdwork.daemon.handshake-timeout, 1d", "fdwork.daemon.allowed-users, no-such-account",
			"fdwork.daemon.allowed-groups, no-such-account" })
	void shouldExplainWhenDaemonHasImpossibleLimit(String property, String value) {
		Throwable failure = failureOf(
				RoleContexts.daemon(RoleContexts.bare(), directory()).withPropertyValues(property + "=" + value));
		assertExplained(failure, InvalidFdworkPropertyException.class, List.of(property), List.of(property));
	}

	@Test
	void shouldExplainWhenWhatIsNotHeldShouldBeReplayed() {
		Throwable failure = failureOf(daemon().withPropertyValues("fdwork.daemon.recovery.max-connections=0",
				"fdwork.daemon.replay.methods=GET"));
		assertExplained(failure, InvalidFdworkPropertyException.class,
				List.of("fdwork.daemon.recovery.max-connections", "'0'"), List.of("fdwork.daemon.replay.methods"));
	}

	@Test
	void shouldExplainWhenMethodMayNotBeReplayed() {
		Throwable failure = failureOf(daemon().withPropertyValues("fdwork.daemon.replay.methods=POST"));
		assertExplained(failure, ConfigurationPropertiesBindException.class,
				List.of("fdwork.daemon.replay.methods", "POST"), List.of("GET", "HEAD", "OPTIONS", "DELETE"));
	}

	@Test
	void shouldExplainWhenThereAreTooManyListeners() {
		Throwable failure = failureOf(daemon().withPropertyValues(IntStream.range(0, 33)
			.mapToObj((i) -> "fdwork.daemon.listeners[" + i + "].port=0")
			.toArray(String[]::new)));
		assertExplained(failure, InvalidFdworkPropertyException.class, List.of("fdwork.daemon.listeners", "33"),
				List.of("at most 32"));
	}

	@ParameterizedTest
	@CsvSource({ "fdwork.worker.concurrency, 0", "fdwork.worker.concurrency, -1",
			"fdwork.worker.min-reconnect-delay, -1s", "fdwork.worker.min-reconnect-delay, 0s",
			"fdwork.worker.max-reconnect-delay, -1s", "fdwork.worker.max-reconnect-delay, 11m",
			"fdwork.worker.daemon-timeout, 999ms", "fdwork.worker.daemon-timeout, 11m", "fdwork.worker.name, ' '",
			"fdwork.worker.queues, ''", "fdwork.worker.descriptor-reserve, 63",
			"fdwork.worker.descriptor-reserve, 100001", "fdwork.worker.warm-up.paths, pid",
			"fdwork.worker.warm-up.paths, '/a b'", "fdwork.worker.warm-up.requests, 0",
			"fdwork.worker.warm-up.requests, 1000001", "fdwork.worker.warm-up.server-requests, -1",
			"fdwork.worker.warm-up.server-requests, 1000001", "fdwork.worker.slow-start, -1",
			"fdwork.worker.slow-start, 1000001", "fdwork.worker.warm-up.timeout, 0s",
			"fdwork.worker.warm-up.timeout, 11m", "fdwork.worker.daemon-user, no-such-account" })
	void shouldExplainWhenWorkerHasImpossibleLimit(String property, String value) {
		Throwable failure = failureOf(RoleContexts.worker(RoleContexts.bare(), directory())
			.withBean(WorkHandler.class, () -> StartFailureTests::serve)
			.withPropertyValues(property + "=" + value));
		assertExplained(failure, InvalidFdworkPropertyException.class, List.of(property), List.of(property));
	}

	@ParameterizedTest
	@ValueSource(strings = { "0", "-1", "1025" })
	void shouldExplainWhenNumberOfEventLoopsIsImpossible(String value) {
		Throwable failure = failureOf(RoleContexts.worker(directory())
			.withBean(ChannelInitializer.class, () -> new ChannelInitializer<Channel>() {

				@Override
				protected void initChannel(Channel channel) {
					channel.close();
				}

			})
			.withPropertyValues("fdwork.worker.event-loops=" + value));
		assertExplained(failure, InvalidFdworkPropertyException.class, List.of("fdwork.worker.event-loops"),
				List.of("fdwork.worker.event-loops", "1 to 1024"));
	}

	@Test
	void shouldExplainWhenNameOfWorkerIsTooLong() {
		Throwable failure = failureOf(RoleContexts.worker(directory())
			.withBean(WorkHandler.class, () -> StartFailureTests::serve)
			.withPropertyValues("fdwork.worker.name=" + "x".repeat(101)));
		assertExplained(failure, InvalidFdworkPropertyException.class, List.of("fdwork.worker.name"),
				List.of("fdwork.worker.name", "100"));
	}

	@Test
	void shouldExplainWhenThereAreTooManyQueues() {
		String[] queues = IntStream.rangeClosed(1, 16)
			.mapToObj((i) -> "fdwork.daemon.queues.q" + i + ".capacity=16")
			.toArray(String[]::new);
		// The default queue is the 17th
		Throwable failure = failureOf(daemon().withPropertyValues(queues));
		assertExplained(failure, InvalidFdworkPropertyException.class, List.of("fdwork.daemon.queues"),
				List.of("fdwork.daemon.queues", "at most 16"));
	}

	@Test
	void shouldExplainWhenWorkerServesTooManyQueues() {
		String queues = IntStream.rangeClosed(1, 17).mapToObj((i) -> "q" + i).collect(Collectors.joining(","));
		Throwable failure = failureOf(RoleContexts.worker(directory())
			.withBean(WorkHandler.class, () -> StartFailureTests::serve)
			.withPropertyValues("fdwork.worker.queues=" + queues));
		assertExplained(failure, InvalidFdworkPropertyException.class, List.of("fdwork.worker.queues"),
				List.of("fdwork.worker.queues", "1 to 16"));
	}

	@Test
	void shouldStartWhenThereAreAsManyQueuesAsCanBe() {
		String[] queues = IntStream.rangeClosed(1, 15)
			.mapToObj((i) -> "fdwork.daemon.queues.q" + i + ".capacity=16")
			.toArray(String[]::new);
		daemon().withPropertyValues(queues).run((context) -> assertThat(context).hasNotFailed());
	}

	@ParameterizedTest
	@CsvSource({ "min, -1", "min, 129", "max, -1", "max, 129", "max-start-failures, 0", "max-starting, 0",
			"max-age, 59s", "max-age, 366d", "max-requests, 0", "max-memory, 15MB", "max-heap, -1MB",
			"hang-timeout, 0s", "max-service-time, 25h", "refresh.bake-time, 9s", "refresh.bake-time, 25h",
			"refresh.bake-time, -1s", "refresh.canary, -1", "refresh.canary, 129", "refresh.canary, 1",
			"refresh.min-requests, 0", "refresh.failure-factor, 0.9", "refresh.failure-tolerance, 1",
			"refresh.failure-tolerance, -0.1", "refresh.service-time-factor, 1001",
			"refresh.service-time-tolerance, -1ms", "refresh.service-time-tolerance, 25h", "max-start-failures, -1",
			"scale-up-after, 0ms", "scale-up-after, 601s", "scale-down-after, 0ms", "scale-down-after, 601s",
			"start-timeout, 0ms", "start-timeout, 601s", "drain-timeout, -1s", "drain-timeout, 601s",
			"min-backoff-delay, 0ms", "min-backoff-delay, 601s", "max-backoff-delay, 0ms", "max-backoff-delay, 601s" })
	void shouldExplainWhenFleetIsImpossible(String name, String value) {
		String property = "fdwork.daemon.fleet." + name;
		Throwable failure = failureOf(RoleContexts.daemon(RoleContexts.bare(), directory())
			.withPropertyValues("fdwork.daemon.fleet.max=2", property + "=" + value));
		assertExplained(failure, InvalidFdworkPropertyException.class, List.of(property), List.of(property));
	}

	@Test
	void shouldExplainWhenFleetHasMoreWorkersAtLeastThanAtMost() {
		Throwable failure = failureOf(RoleContexts.daemon(RoleContexts.bare(), directory())
			.withPropertyValues("fdwork.daemon.fleet.min=3", "fdwork.daemon.fleet.max=2"));
		assertExplained(failure, InvalidFdworkPropertyException.class, List.of("fdwork.daemon.fleet.max", "'2'"),
				List.of("3 or more", "fdwork.daemon.fleet.min", "leave it out"));
	}

	@Test
	void shouldExplainWhenFleetIsTooLargeForItsRefresh() {
		Throwable failure = failureOf(
				daemon().withPropertyValues("fdwork.daemon.max-workers=3", "fdwork.daemon.fleet.max=2"));
		assertExplained(failure, InvalidFdworkPropertyException.class, List.of("fdwork.daemon.fleet.max", "'2'"),
				List.of("from 0 to 1", "half of fdwork.daemon.max-workers"));
	}

	@Test
	void shouldExplainWhenSizeOfFleetIsNoNumber() {
		Throwable failure = failureOf(daemon().withPropertyValues("fdwork.daemon.fleet.max=many"));
		assertExplained(failure, ConfigurationPropertiesBindException.class, List.of("fdwork.daemon.fleet.max", "many"),
				List.of("configuration"));
	}

	@Test
	void shouldExplainWhenJarOfFleetDoesNotExistAndLeaveNothingBehind() throws Exception {
		int free = freePort();
		Throwable failure = failureOf(daemon().withPropertyValues("fdwork.daemon.listeners[0].port=" + free,
				"fdwork.daemon.fleet.max=2", "fdwork.daemon.fleet.jar=" + this.temp.resolve("none.jar")));
		assertExplained(failure, FleetStartException.class, List.of(this.temp.resolve("none.jar").toString()),
				List.of("fdwork.daemon.fleet.jar"));
		assertFree(free);
		awaitNoThreads();
	}

	@Test
	void shouldExplainWhenRoleIsInvalid() {
		Throwable failure = failureOf(RoleContexts.none().withPropertyValues("fdwork.role=demon"));
		assertExplained(failure, ConfigurationPropertiesBindException.class, List.of("fdwork.role", "demon"),
				List.of("DAEMON", "WORKER", "NONE"));
	}

	@Test
	void shouldExplainWhenPlatformIsNotSupported() {
		Throwable failure = new IllegalStateException(new UnsupportedPlatformException(
				"File descriptors cannot be passed here: The operating system is Mac OS X on aarch64",
				new IllegalStateException()));
		assertExplained(failure, UnsupportedPlatformException.class, List.of("Mac OS X on aarch64"),
				List.of("Linux", "fdwork.role=none", "security module"));
	}

	@Test
	void shouldRegisterAnalyzers() {
		assertThat(analyzers()).hasAtLeastOneElementOfType(FdworkStartFailureAnalyzer.class)
			.hasAtLeastOneElementOfType(UnsupportedPlatformFailureAnalyzer.class);
	}

	@Test
	void shouldWriteFullSentences() {
		FailureAnalysis analysis = analyze(failureOf(daemon().withPropertyValues("fdwork.daemon.max-workers=0")));
		assertThat(analysis.getDescription())
			.isEqualTo("The property fdwork.daemon.max-workers has the value '0', which cannot work.");
		assertThat(analysis.getAction()).isEqualTo("Set fdwork.daemon.max-workers to 1 or more.");
	}

	@Test
	void shouldLeaveNothingBehindWhenSecondListenerCannotBeBound() throws Exception {
		try (ServerSocket holder = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
			int free = freePort();
			ApplicationContextRunner runner = daemon().withPropertyValues("fdwork.daemon.listeners[0].port=" + free,
					"fdwork.daemon.listeners[1].address=127.0.0.1",
					"fdwork.daemon.listeners[1].port=" + holder.getLocalPort(), "fdwork.daemon.takeover-timeout=100ms");
			assertLeavesNothing(runner, free);
		}
	}

	@Test
	void shouldLeaveNothingBehindWhenControlSocketCannotBeBound() throws Exception {
		int free = freePort();
		DaemonDirectory.open(directory()).close();
		Files.createDirectories(directory().resolve("control.sock").resolve("in the way"));
		failureOf(daemon().withPropertyValues("fdwork.daemon.listeners[0].port=" + free));
		assertFree(free);
		awaitNoThreads();
	}

	@Test
	void shouldLeaveNothingBehindWhenSomethingElseFailsAfterTheStart() throws Exception {
		int free = freePort();
		ApplicationContextRunner runner = daemon().withBean(LastToFail.class)
			.withPropertyValues("fdwork.daemon.listeners[0].port=" + free);
		assertLeavesNothing(runner, free);
		assertThat(directory().resolve("control.sock")).doesNotExist();
	}

	@Test
	void shouldLeaveNoThreadBehindWhenSomethingElseFailsAfterTheStartOfWorker() {
		failureOf(RoleContexts.worker(directory())
			.withBean(WorkHandler.class, () -> StartFailureTests::serve)
			.withBean(LastToFail.class));
		awaitNoThreads();
	}

	private void assertLeavesNothing(ApplicationContextRunner runner, int port) throws IOException {
		int starts = 3;
		// Opens what is opened once for all
		failureOf(runner);
		awaitNoThreads();
		int lost = lostByPair();
		int before = OpenFiles.count();
		long ownedBefore = Descriptor.open();
		for (int i = 0; i < starts; i++) {
			failureOf(runner);
		}
		assertFree(port);
		assertThat(Descriptor.open()).isEqualTo(ownedBefore);
		awaitNoThreads();
		// A start opens two pairs: one for its queue, one to test the platform. And
		// junixsocket loses a descriptor when a listener is closed that waits
		OpenFiles.awaitAtMost(before + starts * (2 * lost + 1));
	}

	/**
	 * Return how many descriptors junixsocket itself loses for a pair with a receiver.
	 */
	private static int lostByPair() {
		NativePlatform.selfTest();
		int before = OpenFiles.count();
		NativePlatform.selfTest();
		return OpenFiles.count() - before;
	}

	private void assertFree(int port) throws IOException {
		new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1")).close();
		DaemonDirectory.open(directory()).close();
	}

	private void awaitNoThreads() {
		await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
			.filteredOn((thread) -> thread.isAlive() && !this.before.contains(thread))
			.extracting(Thread::getName)
			.noneMatch((name) -> name.startsWith("fdwork-")));
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
			return socket.getLocalPort();
		}
	}

	private Path directory() {
		return this.temp.resolve("d");
	}

	private ApplicationContextRunner daemon() {
		return RoleContexts.daemon(directory());
	}

	private static void serve(Work work) {
	}

	private static Throwable failureOf(ApplicationContextRunner runner) {
		List<Throwable> failures = new ArrayList<>();
		runner.run((context) -> {
			assertThat(context).hasFailed();
			failures.add(context.getStartupFailure());
		});
		return failures.get(0);
	}

	private static void assertExplained(Throwable failure, Class<? extends Throwable> type, List<String> description,
			List<String> action) {
		FailureAnalysis analysis = analyze(failure);
		assertThat(causes(failure)).hasAtLeastOneElementOfType(type);
		assertThat(analysis).as("analysis of %s", failure).isNotNull();
		assertThat(analysis.getDescription()).contains(description);
		assertThat(analysis.getAction()).contains(action);
	}

	private static List<Throwable> causes(Throwable failure) {
		return Stream.iterate(failure, (cause) -> cause != null, Throwable::getCause).toList();
	}

	private static FailureAnalysis analyze(Throwable failure) {
		return analyzers().stream()
			.map((analyzer) -> analyzer.analyze(failure))
			.filter((analysis) -> analysis != null)
			.findFirst()
			.orElse(null);
	}

	private static List<FailureAnalyzer> analyzers() {
		GenericApplicationContext context = new GenericApplicationContext();
		ArgumentResolver arguments = ArgumentResolver.of(BeanFactory.class, context.getBeanFactory())
			.and(Environment.class, context.getEnvironment());
		return SpringFactoriesLoader.forDefaultResourceLocation()
			.load(FailureAnalyzer.class, arguments,
					(type, name, failure) -> assertThat(name).as("%s", failure).doesNotStartWith("io.fdwork"));
	}

	/**
	 * Fails to start after everything else has.
	 */
	static class LastToFail implements SmartLifecycle {

		@Override
		public void start() {
			throw new IllegalStateException("As the test wants");
		}

		@Override
		public void stop() {
		}

		@Override
		public boolean isRunning() {
			return false;
		}

		@Override
		public int getPhase() {
			return Integer.MAX_VALUE;
		}

	}

}
