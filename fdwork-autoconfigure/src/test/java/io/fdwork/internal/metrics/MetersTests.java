package io.fdwork.internal.metrics;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.fdwork.WorkHandler;
import io.fdwork.WorkOutcome;
import io.fdwork.autoconfigure.RoleContexts;
import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.integration.Client;
import io.fdwork.integration.event.FleetRefreshedEvent;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.daemon.DaemonState;
import io.fdwork.internal.daemon.MissingExposition;
import io.fdwork.internal.daemon.PeerRejection;
import io.fdwork.internal.daemon.ProxyRefusal;
import io.fdwork.internal.recovery.RecoverySnapshot;
import io.fdwork.internal.wire.FrameDefect;
import io.fdwork.internal.wire.StatusClass;
import io.fdwork.internal.wire.TestFigures;
import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.worker.WorkerState;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link DaemonMeters} and {@link WorkerMeters}: whole applications, and the
 * registries that Boot configures.
 */
class MetersTests {

	private static final String PID = String.valueOf(ProcessHandle.current().pid());

	@TempDir
	private Path temp;

	@Test
	void shouldRegisterMetersOfFleetOnlyWhenThereIsOne() {
		try (ConfigurableApplicationContext daemon = daemon()) {
			assertThat(names(registryOf(daemon))).noneMatch((name) -> name.startsWith("fdwork.fleet"));
		}
		try (ConfigurableApplicationContext daemon = daemonWithFleet()) {
			MeterRegistry registry = registryOf(daemon);
			assertThat(gauge(registry, "fdwork.fleet.target")).isZero();
			assertThat(gauge(registry, "fdwork.fleet.starting")).isZero();
			assertThat(gauge(registry, "fdwork.fleet.generation")).isEqualTo(1);
			assertThat(values(registry, "fdwork.fleet.exits", "reason")).isEqualTo(lowerCase(ExitReason.values()));
			assertThat(counter(registry, "fdwork.fleet.exits", "reason", "crashed")).isZero();
			assertThat(counter(registry, "fdwork.fleet.refreshes", "outcome", "rolled_back")).isZero();
			daemon.publishEvent(new FleetRefreshedEvent(this,
					new FleetSnapshot.Refresh(2, false, "Worker 1 has ended", Instant.now(), null)));
			assertThat(counter(registry, "fdwork.fleet.refreshes", "outcome", "rolled_back")).isOne();
			assertThat(counter(registry, "fdwork.fleet.refreshes", "outcome", "completed")).isZero();
		}
	}

	@Test
	void shouldRegisterMetersOfWorkerInItsOwnRegistry() {
		try (ConfigurableApplicationContext worker = worker()) {
			MeterRegistry registry = registryOf(worker);
			assertThat(names(registry)).containsExactlyInAnyOrder("fdwork.worker.got", "fdwork.worker.active",
					"fdwork.worker.busy", "fdwork.worker.concurrency", "fdwork.worker.paused", "fdwork.worker.pauses",
					"fdwork.worker.desisted", "fdwork.worker.spares", "fdwork.worker.spares.taken.back",
					"fdwork.worker.wait", "fdwork.worker.wait.percentile", "fdwork.worker.service",
					"fdwork.worker.accepted", "fdwork.frames.rejected", "fdwork.descriptors.open",
					"fdwork.descriptors.leaked");
			assertThat(counter(registry, "fdwork.worker.got", "worker", "one", "pid", PID)).isZero();
			assertThat(gauge(registry, "fdwork.worker.concurrency")).isEqualTo(2);
		}
	}

	@Test
	void shouldHaveRightValuesAfterSomeConnections() throws Exception {
		try (ConfigurableApplicationContext daemon = daemon(); ConfigurableApplicationContext worker = worker()) {
			MeterRegistry registry = registryOf(daemon);
			awaitWorker(registry);
			for (int i = 0; i < 5; i++) {
				try (Client client = Client.connect(daemon)) {
					assertThat(client.readAll()).isEqualTo("hello");
				}
			}
			String listener = daemon.getBean(Daemon.class).snapshot().listeners().get(0).address();
			await().untilAsserted(() -> {
				assertThat(counter(registry, "fdwork.listener.accepted", "listener", listener, "queue", "default"))
					.isEqualTo(5);
				assertThat(counter(registry, "fdwork.queue.put", "queue", "default")).isEqualTo(5);
				assertThat(counter(registry, "fdwork.queue.got", "queue", "default")).isEqualTo(5);
				assertThat(counter(registry, "fdwork.worker.got", "worker", "one", "pid", PID)).isEqualTo(5);
				assertThat(service(registry, "served").count()).isEqualTo(5);
				assertThat(total(registry, "served").count()).isEqualTo(5);
			});
			assertThat(total(registry, "served").totalTime(TimeUnit.NANOSECONDS)).isPositive();
			assertThat(total(registry, "failed").count()).isZero();
			assertThat(values(registry, "fdwork.workers.requests", "status")).containsExactlyInAnyOrder("1xx", "2xx",
					"3xx", "4xx", "5xx", "unknown");
			assertThat(counter(registry, "fdwork.workers.frames.rejected", "cause", "magic")).isZero();
			assertThat(counter(registry, "fdwork.workers.descriptors.leaked")).isZero();
			assertThat(service(registry, "served").totalTime(service(registry, "served").baseTimeUnit())).isPositive();
			assertThat(service(registry, "failed").count()).isZero();
			assertThat(service(registry, "dropped").count()).isZero();
			FunctionTimer waited = registry.get("fdwork.worker.wait").functionTimer();
			assertThat(waited.count()).isEqualTo(5);
			assertThat(waited.totalTime(waited.baseTimeUnit())).isPositive();
			assertThat(gauge(registry, "fdwork.queue.depth", "queue", "default")).isZero();
			assertThat(gauge(registry, "fdwork.queue.capacity", "queue", "default")).isEqualTo(16);
			assertThat(gauge(registry, "fdwork.listener.paused")).isZero();
			assertThat(gauge(registry, "fdwork.worker.active")).isZero();
			assertThat(gauge(registry, "fdwork.worker.concurrency")).isEqualTo(2);
			assertThat(gauge(registry, "fdwork.worker.heap.used")).isPositive();
			assertThat(gauge(registry, "fdwork.worker.heap.max")).isPositive();
			assertThat(counter(registry, "fdwork.worker.processor")).isPositive();
			assertThat(gauge(registry, "fdwork.worker.threads")).isPositive();
			assertThat(gauge(registry, "fdwork.worker.files.open")).isPositive()
				.isLessThan(gauge(registry, "fdwork.worker.files.max"));
			// On a busy machine it may miss the short report
			// interval of this test for a moment
			await().until(() -> gauge(registry, "fdwork.workers", "state", "ready") == 1);
			assertThat(gauge(registry, "fdwork.descriptors.open", "process", "daemon")).isPositive();
			assertThat(counter(registry, "fdwork.requests.dropped")).isZero();
			assertThat(counter(registry, "fdwork.listener.failed")).isZero();
			// The worker's own registry says the same, however long it lives
			System.gc();
			assertThat(gauge(registryOf(worker), "fdwork.worker.concurrency")).isEqualTo(2);
			await().until(() -> counter(registryOf(worker), "fdwork.worker.got") == 5);
		}
	}

	@Test
	void shouldShowDepthWhenThereIsNoWorker() throws Exception {
		try (ConfigurableApplicationContext daemon = daemon();
				Client first = Client.connect(daemon);
				Client second = Client.connect(daemon)) {
			MeterRegistry registry = registryOf(daemon);
			await().untilAsserted(() -> assertThat(gauge(registry, "fdwork.queue.depth")).isEqualTo(2));
			assertThat(counter(registry, "fdwork.queue.got")).isZero();
			assertThat(gauge(registry, "fdwork.workers", "state", "ready")).isZero();
			assertThat(first.isClosedByServer()).isFalse();
			assertThat(second.isClosedByServer()).isFalse();
		}
	}

	@Test
	void shouldShowActiveWorks() throws Exception {
		try (ConfigurableApplicationContext daemon = daemon();
				ConfigurableApplicationContext worker = RoleContexts.start(Waiting.class, workerProperties())) {
			MeterRegistry registry = registryOf(daemon);
			awaitWorker(registry);
			try (Client client = Client.connect(daemon)) {
				await().untilAsserted(() -> assertThat(gauge(registry, "fdwork.worker.active")).isEqualTo(1));
				assertThat(client.isClosedByServer()).isFalse();
			}
			finally {
				worker.getBean(CountDownLatch.class).countDown();
			}
			await().untilAsserted(() -> assertThat(gauge(registry, "fdwork.worker.active")).isZero());
		}
	}

	@Test
	void shouldEndSeriesWhenWorkerLeaves() {
		try (ConfigurableApplicationContext daemon = daemon()) {
			MeterRegistry registry = registryOf(daemon);
			ConfigurableApplicationContext worker = worker();
			awaitWorker(registry);
			worker.close();
			await().untilAsserted(() -> assertThat(seriesOf(registry, "one")).isEmpty());
			assertThat(names(registry)).contains("fdwork.queue.depth", "fdwork.descriptors.open");
			// And begin anew
			worker = worker();
			awaitWorker(registry);
			worker.close();
		}
	}

	/**
	 * What is as it is as long as nobody connects.
	 */
	@Nested
	@TestInstance(TestInstance.Lifecycle.PER_CLASS)
	class WithFleetAndWorker {

		private ConfigurableApplicationContext daemon;

		private ConfigurableApplicationContext worker;

		@BeforeAll
		void start(@TempDir Path temp) {
			// Before each test there is another one, which these do not use
			MetersTests.this.temp = temp;
			this.daemon = daemonWithFleet();
			this.worker = worker();
		}

		@AfterAll
		void stop() {
			this.worker.close();
			this.daemon.close();
		}

		@Test
		void shouldRegisterEachMeterAndNoOtherWhenDaemonHasWorker() {
			MeterRegistry registry = registryOf(this.daemon);
			awaitWorker(registry);
			assertThat(this.worker.isActive()).isTrue();
			Set<String> all = Arrays.stream(FdworkMeter.values())
				.map(FdworkMeter::meterName)
				.collect(Collectors.toSet());
			await().untilAsserted(() -> assertThat(names(registry)).isEqualTo(all));
			assertThat(FdworkMeter.values()).allSatisfy((meter) -> assertThat(registry.find(meter.meterName()).meters())
				.allSatisfy((registered) -> assertAsDeclared(registered, meter)));
		}

		@Test
		void shouldHaveFewValuesOfEachTag() {
			MeterRegistry registry = registryOf(this.daemon);
			awaitWorker(registry);
			assertThat(this.worker.isActive()).isTrue();
			assertThat(values(registry, "fdwork.workers", "state")).isEqualTo(lowerCase(WorkerState.values()));
			assertThat(values(registry, "fdwork.control.rejected", "cause"))
				.isEqualTo(lowerCase(PeerRejection.values()));
			assertThat(values(registry, "fdwork.listener.refused", "cause"))
				.isEqualTo(lowerCase(ProxyRefusal.values()));
			assertThat(values(registry, "fdwork.scrape.missing", "cause"))
				.isEqualTo(lowerCase(MissingExposition.values()));
			assertThat(values(registry, "fdwork.frames.rejected", "cause")).isEqualTo(lowerCase(FrameDefect.values()));
			assertThat(values(registry, "fdwork.worker.service", "outcome")).isEqualTo(lowerCase(WorkOutcome.values()));
			assertThat(values(registry, "fdwork.worker.wait.percentile", "phi")).containsExactlyInAnyOrder("0.5",
					"0.95", "0.99", "1");
			assertThat(values(registry, "fdwork.descriptors.open", "process")).containsExactlyInAnyOrder("daemon",
					"one");
		}

	}

	@Test
	void shouldKeepSeriesWhenWorkerIsBackBeforeItsOldConnectionEnds() {
		MeterRegistry registry = new SimpleMeterRegistry();
		List<DaemonSnapshot.WorkerSnapshot> workers = new ArrayList<>();
		DaemonMeters meters = new DaemonMeters(registry, () -> daemon(workers), null);
		DaemonSnapshot.WorkerSnapshot before = workerSnapshot(1, 10);
		DaemonSnapshot.WorkerSnapshot now = workerSnapshot(2, 20);
		join(meters, workers, before);
		join(meters, workers, now);
		meters.left(before.info());
		assertThat(counter(registry, "fdwork.worker.got", "worker", "one")).isEqualTo(20);
		meters.left(now.info());
		assertThat(registry.getMeters()).isEmpty();
	}

	@Test
	void shouldKeepSeriesOfWorkersApartThatTheDaemonDoesNotSee() {
		MeterRegistry registry = new SimpleMeterRegistry();
		List<DaemonSnapshot.WorkerSnapshot> workers = new ArrayList<>();
		DaemonMeters meters = new DaemonMeters(registry, () -> daemon(workers), null);
		DaemonSnapshot.WorkerSnapshot one = workerSnapshot(1, 0, 10, null, null);
		DaemonSnapshot.WorkerSnapshot other = workerSnapshot(2, 0, 20, null, null);
		join(meters, workers, one);
		join(meters, workers, other);
		assertThat(counter(registry, "fdwork.worker.got", "worker", "one")).isEqualTo(10);
		assertThat(counter(registry, "fdwork.worker.got", "worker", "one-2")).isEqualTo(20);
		meters.left(one.info());
		assertThat(values(registry, "fdwork.worker.got", "worker")).containsExactly("one-2");
		meters.left(other.info());
		assertThat(registry.getMeters()).isEmpty();
	}

	@Test
	void shouldRegisterOnlyWhatWorkerTells() {
		MeterRegistry registry = new SimpleMeterRegistry();
		List<DaemonSnapshot.WorkerSnapshot> workers = new ArrayList<>();
		DaemonMeters meters = new DaemonMeters(registry, () -> daemon(workers), null);
		join(meters, workers, workerSnapshot(1, 10));
		assertThat(names(registry)).contains("fdwork.worker.got")
			.noneMatch((name) -> name.startsWith("fdwork.worker.requests") || name.equals("fdwork.worker.threads"));
		DaemonSnapshot.WorkerSnapshot now = workerSnapshot(2, 20,
				new WorkerFigures.Process(1, 2, 3, 4_000_000_000L, 5_000_000_000L, 6, 7, 8),
				new WorkerFigures.Requests(9, 10_000_000_000L, 11));
		join(meters, workers, now);
		assertThat(gauge(registry, "fdwork.worker.heap.used", "worker", "one")).isEqualTo(1);
		assertThat(gauge(registry, "fdwork.worker.heap.max")).isEqualTo(2);
		FunctionTimer collection = registry.get("fdwork.worker.collection").functionTimer();
		assertThat(collection.count()).isEqualTo(3);
		assertThat(collection.totalTime(TimeUnit.SECONDS)).isEqualTo(4);
		assertThat(counter(registry, "fdwork.worker.processor")).isEqualTo(5);
		assertThat(gauge(registry, "fdwork.worker.threads")).isEqualTo(6);
		assertThat(gauge(registry, "fdwork.worker.files.open")).isEqualTo(7);
		assertThat(gauge(registry, "fdwork.worker.files.max")).isEqualTo(8);
		FunctionTimer requests = registry.get("fdwork.worker.requests").functionTimer();
		assertThat(requests.count()).isEqualTo(9);
		assertThat(requests.totalTime(TimeUnit.SECONDS)).isEqualTo(10);
		assertThat(counter(registry, "fdwork.worker.requests.failed")).isEqualTo(11);
		meters.left(now.info());
		assertThat(registry.getMeters()).isEmpty();
	}

	@Test
	void shouldReadStateOfNowWhenTheyWereRefreshed() {
		MeterRegistry registry = new SimpleMeterRegistry();
		AtomicLong dropped = new AtomicLong();
		DaemonMeters meters = new DaemonMeters(registry, () -> daemon(List.of(), dropped.get()), null);
		meters.register();
		for (int i = 1; i <= 100; i++) {
			dropped.set(i);
			meters.refresh();
			assertThat(counter(registry, "fdwork.requests.dropped")).isEqualTo(i);
		}
	}

	private static void join(DaemonMeters meters, List<DaemonSnapshot.WorkerSnapshot> workers,
			DaemonSnapshot.WorkerSnapshot worker) {
		workers.add(worker);
		meters.joined(worker.info());
	}

	private static DaemonSnapshot daemon(List<DaemonSnapshot.WorkerSnapshot> workers) {
		return daemon(workers, 0);
	}

	private static DaemonSnapshot daemon(List<DaemonSnapshot.WorkerSnapshot> workers, long droppedRequests) {
		return new DaemonSnapshot(DaemonState.RUNNING, 1, List.of(), List.of(), List.of(), List.copyOf(workers),
				List.of(), Map.of(), droppedRequests, 0, 0, DaemonSnapshot.TotalsSnapshot.NONE, RecoverySnapshot.NONE,
				Map.of());
	}

	@Test
	void shouldSumRequestsThatApplicationMeasures() {
		MeterRegistry registry = new SimpleMeterRegistry();
		HttpRequests requests = new HttpRequests(() -> registry, "http.server.requests");
		assertThat(requests.get()).isEqualTo(new WorkerFigures.Requests(0, 0, 0, Map.of()));
		registry.timer("http.server.requests", "uri", "/a", "outcome", "SUCCESS").record(Duration.ofMillis(1));
		registry.timer("http.server.requests", "uri", "/b", "outcome", "SUCCESS").record(Duration.ofMillis(2));
		registry.timer("http.server.requests", "uri", "/b", "outcome", "SERVER_ERROR").record(Duration.ofMillis(4));
		registry.timer("http.server.requests", "uri", "/c", "outcome", "CLIENT_ERROR").record(Duration.ofMillis(8));
		registry.timer("other").record(Duration.ofMillis(16));
		registry.timer("http.server.requests", "uri", "/d", "outcome", "no such").record(Duration.ofMillis(32));
		assertThat(requests.get()).isEqualTo(new WorkerFigures.Requests(5, 47_000_000, 1,
				Map.of(StatusClass.SUCCESS, new WorkerFigures.Duration(2, 3_000_000), StatusClass.SERVER_ERROR,
						new WorkerFigures.Duration(1, 4_000_000), StatusClass.CLIENT_ERROR,
						new WorkerFigures.Duration(1, 8_000_000), StatusClass.UNKNOWN,
						new WorkerFigures.Duration(1, 32_000_000))));
	}

	private static DaemonSnapshot.WorkerSnapshot workerSnapshot(long id, long got) {
		return workerSnapshot(id, got, null, null);
	}

	private static DaemonSnapshot.WorkerSnapshot workerSnapshot(long id, long got,
			WorkerFigures.@Nullable Process process, WorkerFigures.@Nullable Requests requests) {
		return workerSnapshot(id, 4711, got, process, requests);
	}

	private static DaemonSnapshot.WorkerSnapshot workerSnapshot(long id, long pid, long got,
			WorkerFigures.@Nullable Process process, WorkerFigures.@Nullable Requests requests) {
		WorkerFigures figures = new WorkerFigures(WorkerState.READY, new WorkerFigures.Load(0, 2, null),
				TestFigures.works(got), TestFigures.NO_DESCRIPTORS, process, requests);
		return new DaemonSnapshot.WorkerSnapshot(id, null, pid, "one", WorkerState.READY, List.of("default"),
				Instant.now(), figures, null, 0, null, false);
	}

	private ConfigurableApplicationContext daemon() {
		return daemon(0);
	}

	/**
	 * Start a daemon that would start a worker if a request came, and that has a listener
	 * for a balancer.
	 */
	private ConfigurableApplicationContext daemonWithFleet() {
		return daemon(1, "fdwork.daemon.listeners[1].address=127.0.0.1", "fdwork.daemon.listeners[1].port=0",
				"fdwork.daemon.listeners[1].proxy-protocol=v2",
				"fdwork.daemon.listeners[1].proxy-protocol-from=127.0.0.1");
	}

	private ConfigurableApplicationContext daemon(int fleet, String... more) {
		Stream<String> properties = Stream.of("fdwork.role=daemon", "fdwork.directory=" + this.temp.resolve("d"),
				"fdwork.daemon.listeners[0].address=127.0.0.1", "fdwork.daemon.listeners[0].port=0",
				"fdwork.daemon.queues.default.capacity=16", "fdwork.daemon.report-interval=50ms",
				"fdwork.daemon.fleet.max=" + fleet);
		return RoleContexts.start(RoleContexts.Application.class,
				Stream.concat(properties, Stream.of(more)).toArray(String[]::new));
	}

	private ConfigurableApplicationContext worker() {
		return RoleContexts.start(Greeting.class, workerProperties());
	}

	private String[] workerProperties() {
		return new String[] { "fdwork.role=worker", "fdwork.directory=" + this.temp.resolve("d"),
				"fdwork.worker.name=one", "fdwork.worker.concurrency=2" };
	}

	private static MeterRegistry registryOf(ConfigurableApplicationContext context) {
		return context.getBean(MeterRegistry.class);
	}

	private static void awaitWorker(MeterRegistry registry) {
		await().untilAsserted(() -> {
			assertThat(seriesOf(registry, "one")).isNotEmpty();
			assertThat(gauge(registry, "fdwork.workers", "state", "ready")).isEqualTo(1);
		});
	}

	private static Collection<Meter> seriesOf(MeterRegistry registry, String worker) {
		return registry.getMeters()
			.stream()
			.filter((meter) -> meter.getId().getName().startsWith("fdwork."))
			.filter((meter) -> meter.getId().getTags().stream().map(Tag::getValue).anyMatch(worker::equals))
			.toList();
	}

	private static Set<String> names(MeterRegistry registry) {
		return registry.getMeters()
			.stream()
			.map((meter) -> meter.getId().getName())
			.filter((name) -> name.startsWith("fdwork"))
			.collect(Collectors.toSet());
	}

	private static Set<String> values(MeterRegistry registry, String meter, String tag) {
		return registry.get(meter)
			.meters()
			.stream()
			.map((each) -> each.getId().getTag(tag))
			.collect(Collectors.toSet());
	}

	private static Set<String> lowerCase(Enum<?>[] values) {
		return Arrays.stream(values).map((value) -> value.name().toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
	}

	private static void assertAsDeclared(Meter registered, FdworkMeter meter) {
		Class<?> kind = switch (meter.kind()) {
			case COUNTER -> FunctionCounter.class;
			case GAUGE -> Gauge.class;
			case TIMER -> FunctionTimer.class;
		};
		assertThat(registered).isInstanceOf(kind);
		assertThat(registered.getId().getTags()).extracting(Tag::getKey)
			.containsExactlyInAnyOrderElementsOf(meter.tagNames());
	}

	private static double counter(MeterRegistry registry, String name, String... tags) {
		return registry.get(name).tags(tags).functionCounter().count();
	}

	private static double gauge(MeterRegistry registry, String name, String... tags) {
		return registry.get(name).tags(tags).gauge().value();
	}

	private static FunctionTimer total(MeterRegistry registry, String outcome) {
		return registry.get("fdwork.workers.service").tags("queue", "default", "outcome", outcome).functionTimer();
	}

	private static FunctionTimer service(MeterRegistry registry, String outcome) {
		return registry.get("fdwork.worker.service").tags("worker", "one", "outcome", outcome).functionTimer();
	}

	@Configuration(proxyBeanMethods = false)
	static class Greeting {

		@Bean
		WorkHandler handler() {
			return (work) -> work.channel().write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8)));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Waiting {

		@Bean
		CountDownLatch latch() {
			return new CountDownLatch(1);
		}

		@Bean
		WorkHandler handler(CountDownLatch latch) {
			return (work) -> latch.await();
		}

	}

}
