package io.fdwork.autoconfigure;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

import io.fdwork.daemon.ProxyProtocol;
import io.fdwork.fleet.RefreshOptions;
import io.fdwork.fleet.WorkerOutput;
import org.junit.jupiter.api.Test;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for {@link FdworkProperties}.
 */
class FdworkPropertiesTests {

	@Test
	void shouldNameTheMinimumWhenWorkerCouldNeverGet() {
		assertThatNoException().isThrownBy(() -> PropertiesMapper.checkDescriptors(128, 192));
		assertThatExceptionOfType(InvalidFdworkPropertyException.class)
			.isThrownBy(() -> PropertiesMapper.checkDescriptors(128, 191))
			.satisfies((ex) -> assertThat(ex.getAction()).contains("leaves 64 of the 191 files")
				.endsWith("raise that limit to 192 or more"));
	}

	@Test
	void shouldHaveDefaultsWhenNothingIsConfigured() {
		FdworkProperties properties = new FdworkProperties();
		assertThat(properties.getRole()).isEqualTo(Role.NONE);
		assertThat(properties.getDirectory()).isNull();
		assertThat(properties.directoryOrDefault())
			.isEqualTo(DefaultDirectory.of(System.getProperty("user.name"), "application"));
		assertThat(properties.getApplication()).isNull();
		FdworkProperties.Daemon daemon = properties.getDaemon();
		assertThat(daemon.getListeners()).isEmpty();
		assertThat(daemon.getQueues()).isEmpty();
		assertThat(daemon.getIntegrationChannel()).isEqualTo("fdworkPutChannel");
		assertThat(daemon.getIntegrationTimeout()).isEqualTo(Duration.ofSeconds(10));
		assertThat(daemon.getReportInterval()).isEqualTo(Duration.ofSeconds(1));
		assertThat(daemon.getHandshakeTimeout()).isEqualTo(Duration.ofSeconds(5));
		assertThat(daemon.getMaxWorkers()).isEqualTo(256);
		assertThat(daemon.getStopDelay()).isZero();
		FdworkProperties.Fleet fleet = daemon.getFleet();
		assertThat(fleet.getMin()).isZero();
		assertThat(fleet.getMax()).as("that of min").isNull();
		assertThat(fleet.getScaleUpAfter()).isEqualTo(Duration.ofMillis(100));
		assertThat(fleet.getScaleDownAfter()).isEqualTo(Duration.ofMinutes(1));
		assertThat(fleet.getStartTimeout()).isEqualTo(Duration.ofMinutes(2));
		assertThat(fleet.getDrainTimeout()).isEqualTo(Duration.ofSeconds(30));
		assertThat(fleet.getMinBackoffDelay()).isEqualTo(Duration.ofMillis(100));
		assertThat(fleet.getMaxBackoffDelay()).isEqualTo(Duration.ofSeconds(5));
		assertThat(fleet.getMaxStartFailures()).isNull();
		assertThat(fleet.getMaxStarting()).isNull();
		assertThat(fleet.getJavaHome()).isNull();
		assertThat(fleet.getJar()).isNull();
		assertThat(fleet.getJvmArguments()).isNull();
		assertThat(fleet.getArguments()).isNull();
		assertThat(fleet.getEnvironment()).isEmpty();
		assertThat(fleet.getWorkingDirectory()).isNull();
		assertThat(fleet.getOutput()).isEqualTo(WorkerOutput.LOG);
		assertThat(fleet.getTrainingArguments()).isEmpty();
		FdworkProperties.Worker worker = properties.getWorker();
		assertThat(worker.getName()).isNull();
		assertThat(worker.getQueues()).containsExactly("default");
		assertThat(worker.getConcurrency()).isNull();
		assertThat(worker.getIntegrationChannel()).isEqualTo("fdworkGetChannel");
		assertThat(worker.getMinReconnectDelay()).isEqualTo(Duration.ofMillis(100));
		assertThat(worker.getMaxReconnectDelay()).isEqualTo(Duration.ofMillis(250));
	}

	@Test
	void shouldHaveDefaultsWhenListenerAndQueueSayNothing() {
		FdworkProperties.Listener listener = new FdworkProperties.Listener();
		assertThat(listener.getAddress()).isNull();
		assertThat(listener.getPort()).isEqualTo(8080);
		assertThat(listener.getBacklog()).isEqualTo(1024);
		assertThat(listener.getQueue()).isEqualTo("default");
		assertThat(new FdworkProperties.Queue().getCapacity()).isEqualTo(512);
	}

	@Test
	void shouldBindCommonProperties() {
		FdworkProperties properties = bind(Map.of("fdwork.role", "daemon", "fdwork.directory", "/run/fdwork"));
		assertThat(properties.getRole()).isEqualTo(Role.DAEMON);
		assertThat(properties.getDirectory()).isEqualTo(Path.of("/run/fdwork"));
		assertThat(properties.directoryOrDefault()).isEqualTo(Path.of("/run/fdwork"));
	}

	@Test
	void shouldBindDaemonProperties() throws Exception {
		FdworkProperties.Daemon daemon = bind(
				Map.of("fdwork.daemon.integration-channel", "mine", "fdwork.daemon.integration-timeout", "2s",
						"fdwork.daemon.report-interval", "250ms", "fdwork.daemon.handshake-timeout", "1m",
						"fdwork.daemon.max-workers", "7", "fdwork.daemon.allowed-users", "app,1002",
						"fdwork.daemon.allowed-groups", "web", "fdwork.daemon.takeover-timeout", "3s",
						"fdwork.daemon.keep-listeners-on-stop", "true", "fdwork.daemon.idle-timeout", "2m"))
			.getDaemon();
		assertThat(daemon.getAllowedUsers()).containsExactly("app", "1002");
		assertThat(daemon.getAllowedGroups()).containsExactly("web");
		assertThat(daemon.getIntegrationChannel()).isEqualTo("mine");
		assertThat(daemon.getIntegrationTimeout()).isEqualTo(Duration.ofSeconds(2));
		assertThat(daemon.getReportInterval()).isEqualTo(Duration.ofMillis(250));
		assertThat(daemon.getHandshakeTimeout()).isEqualTo(Duration.ofMinutes(1));
		assertThat(daemon.getMaxWorkers()).isEqualTo(7);
		assertThat(daemon.getTakeoverTimeout()).isEqualTo(Duration.ofSeconds(3));
		assertThat(daemon.isKeepListenersOnStop()).isTrue();
		assertThat(daemon.getIdleTimeout()).isEqualTo(Duration.ofMinutes(2));
	}

	@Test
	void shouldBindListenersAndQueues() throws Exception {
		FdworkProperties.Daemon daemon = bind(Map.of("fdwork.daemon.listeners[0].address", "127.0.0.1",
				"fdwork.daemon.listeners[0].port", "9000", "fdwork.daemon.listeners[0].backlog", "5",
				"fdwork.daemon.listeners[0].queue", "slow", "fdwork.daemon.listeners[0].accept-on-data", "true",
				"fdwork.daemon.listeners[0].data-timeout", "2s", "fdwork.daemon.listeners[1].proxy-protocol", "v2",
				"fdwork.daemon.listeners[1].proxy-protocol-from", "10.0.0.0/8,::1", "fdwork.daemon.listeners[1].port",
				"9001", "fdwork.daemon.queues.slow.capacity", "16"))
			.getDaemon();
		assertThat(daemon.getListeners()).hasSize(2);
		FdworkProperties.Listener listener = daemon.getListeners().get(0);
		assertThat(listener.getAddress()).isEqualTo(InetAddress.getByName("127.0.0.1"));
		assertThat(listener.getPort()).isEqualTo(9000);
		assertThat(listener.getBacklog()).isEqualTo(5);
		assertThat(listener.getQueue()).isEqualTo("slow");
		assertThat(listener.isAcceptOnData()).isTrue();
		assertThat(listener.getDataTimeout()).isEqualTo(Duration.ofSeconds(2));
		assertThat(listener.getProxyProtocol()).isNull();
		assertThat(daemon.getListeners().get(1).isAcceptOnData()).isFalse();
		assertThat(daemon.getListeners().get(1).getProxyProtocol()).isEqualTo(ProxyProtocol.Version.V2);
		assertThat(daemon.getListeners().get(1).getProxyProtocolFrom()).containsExactly("10.0.0.0/8", "::1");
		assertThat(daemon.getListeners().get(1).getPort()).isEqualTo(9001);
		assertThat(daemon.getQueues()).hasEntrySatisfying("slow",
				(queue) -> assertThat(queue.getCapacity()).isEqualTo(16));
	}

	@Test
	void shouldBindFleetProperties() {
		FdworkProperties.Fleet fleet = bind(Map.ofEntries(Map.entry("fdwork.daemon.fleet.min", "1"),
				Map.entry("fdwork.daemon.fleet.max", "4"), Map.entry("fdwork.daemon.fleet.scale-up-after", "50ms"),
				Map.entry("fdwork.daemon.fleet.scale-down-after", "30s"),
				Map.entry("fdwork.daemon.fleet.start-timeout", "1m"),
				Map.entry("fdwork.daemon.fleet.drain-timeout", "10s"),
				Map.entry("fdwork.daemon.fleet.min-backoff-delay", "1s"),
				Map.entry("fdwork.daemon.fleet.max-backoff-delay", "8s"),
				Map.entry("fdwork.daemon.fleet.max-start-failures", "3"),
				Map.entry("fdwork.daemon.fleet.max-starting", "2"), Map.entry("fdwork.daemon.fleet.max-age", "12h"),
				Map.entry("fdwork.daemon.fleet.max-requests", "100000"),
				Map.entry("fdwork.daemon.fleet.max-memory", "800MB"),
				Map.entry("fdwork.daemon.fleet.max-heap", "300MB"),
				Map.entry("fdwork.daemon.fleet.hang-timeout", "10s"),
				Map.entry("fdwork.daemon.fleet.max-service-time", "5m"),
				Map.entry("fdwork.daemon.fleet.refresh.bake-time", "5m"),
				Map.entry("fdwork.daemon.fleet.refresh.canary", "1"),
				Map.entry("fdwork.daemon.fleet.refresh.min-requests", "50"),
				Map.entry("fdwork.daemon.fleet.refresh.failure-factor", "1.5"),
				Map.entry("fdwork.daemon.fleet.refresh.failure-tolerance", "0.02"),
				Map.entry("fdwork.daemon.fleet.refresh.service-time-factor", "3"),
				Map.entry("fdwork.daemon.fleet.refresh.service-time-tolerance", "20ms"),
				Map.entry("fdwork.daemon.fleet.java-home", "/jdk"), Map.entry("fdwork.daemon.fleet.jar", "/app.jar"),
				Map.entry("fdwork.daemon.fleet.jar-directories", "/srv/a,/srv/b"),
				Map.entry("fdwork.daemon.fleet.jvm-arguments", "-Xmx64m,-Xss1m"),
				Map.entry("fdwork.daemon.fleet.arguments", "--a=b,--c=d"),
				Map.entry("fdwork.daemon.fleet.environment.LD_PRELOAD", "/lib.so"),
				Map.entry("fdwork.daemon.fleet.working-directory", "/work"),
				Map.entry("fdwork.daemon.fleet.output", "file"),
				Map.entry("fdwork.daemon.fleet.training-arguments", "--g=h")))
			.getDaemon()
			.getFleet();
		assertThat(fleet.getMin()).isEqualTo(1);
		assertThat(fleet.getMax()).isEqualTo(4);
		assertThat(fleet.getMaxAge()).isEqualTo(Duration.ofHours(12));
		assertThat(fleet.getMaxRequests()).isEqualTo(100_000);
		assertThat(fleet.getMaxMemory()).isEqualTo(DataSize.ofMegabytes(800));
		assertThat(fleet.getHangTimeout()).isEqualTo(Duration.ofSeconds(10));
		assertThat(fleet.getMaxServiceTime()).isEqualTo(Duration.ofMinutes(5));
		assertThat(new RefreshMapper(fleet.getRefresh()).options(8))
			.isEqualTo(new RefreshOptions(Duration.ofMinutes(5), 1, 50, 1.5, 0.02, 3, Duration.ofMillis(20)));
		assertThat(fleet.getMaxHeap()).isEqualTo(DataSize.ofMegabytes(300));
		assertThat(fleet.getScaleUpAfter()).isEqualTo(Duration.ofMillis(50));
		assertThat(fleet.getScaleDownAfter()).isEqualTo(Duration.ofSeconds(30));
		assertThat(fleet.getStartTimeout()).isEqualTo(Duration.ofMinutes(1));
		assertThat(fleet.getDrainTimeout()).isEqualTo(Duration.ofSeconds(10));
		assertThat(fleet.getMinBackoffDelay()).isEqualTo(Duration.ofSeconds(1));
		assertThat(fleet.getMaxBackoffDelay()).isEqualTo(Duration.ofSeconds(8));
		assertThat(fleet.getMaxStartFailures()).isEqualTo(3);
		assertThat(fleet.getMaxStarting()).isEqualTo(2);
		assertThat(fleet.getJavaHome()).isEqualTo(Path.of("/jdk"));
		assertThat(fleet.getJar()).isEqualTo(Path.of("/app.jar"));
		assertThat(fleet.getJarDirectories()).containsExactly(Path.of("/srv/a"), Path.of("/srv/b"));
		assertThat(fleet.getJvmArguments()).containsExactly("-Xmx64m", "-Xss1m");
		assertThat(fleet.getArguments()).containsExactly("--a=b", "--c=d");
		assertThat(fleet.getTrainingArguments()).containsExactly("--g=h");
		assertThat(fleet.getEnvironment()).containsExactly(Map.entry("LD_PRELOAD", "/lib.so"));
		assertThat(fleet.getWorkingDirectory()).isEqualTo(Path.of("/work"));
		assertThat(fleet.getOutput()).isEqualTo(WorkerOutput.FILE);
	}

	@Test
	void shouldBindWarmUp() {
		WarmUpProperties warmUp = bind(
				Map.of("fdwork.worker.warm-up.paths", "/a,/b?c=d", "fdwork.worker.warm-up.requests", "7",
						"fdwork.worker.warm-up.timeout", "3s", "fdwork.worker.warm-up.server-requests", "9"))
			.getWorker()
			.getWarmUp();
		assertThat(warmUp.getPaths()).containsExactly("/a", "/b?c=d");
		assertThat(warmUp.getRequests()).isEqualTo(7);
		assertThat(warmUp.getServerRequests()).isEqualTo(9);
		assertThat(warmUp.getTimeout()).isEqualTo(Duration.ofSeconds(3));
	}

	@Test
	void shouldBindWorkerProperties() {
		FdworkProperties.Worker worker = bind(Map.of("fdwork.worker.name", "w1", "fdwork.worker.queues", "a,b",
				"fdwork.worker.concurrency", "3", "fdwork.worker.integration-channel", "mine",
				"fdwork.worker.min-reconnect-delay", "1s", "fdwork.worker.max-reconnect-delay", "3s",
				"fdwork.worker.event-loops", "4", "fdwork.worker.daemon-user", "root",
				"fdwork.worker.descriptor-reserve", "64", "fdwork.worker.return-idle-after", "0"))
			.getWorker();
		assertThat(worker.getDaemonUser()).isEqualTo("root");
		assertThat(worker.getDescriptorReserve()).isEqualTo(64);
		assertThat(worker.getName()).isEqualTo("w1");
		assertThat(worker.getQueues()).containsExactly("a", "b");
		assertThat(worker.getConcurrency()).isEqualTo(3);
		assertThat(worker.getEventLoops()).isEqualTo(4);
		assertThat(worker.getReturnIdleAfter()).isZero();
		assertThat(worker.getIntegrationChannel()).isEqualTo("mine");
		assertThat(worker.getMinReconnectDelay()).isEqualTo(Duration.ofSeconds(1));
		assertThat(worker.getMaxReconnectDelay()).isEqualTo(Duration.ofSeconds(3));
	}

	@Test
	void shouldKeepNamesOfQueuesWhenBound() {
		assertThat(bind(Map.of("fdwork.daemon.queues[Slow.One].capacity", "20")).getDaemon().getQueues())
			.extractingByKey("Slow.One")
			.extracting(FdworkProperties.Queue::getCapacity)
			.isEqualTo(20);
	}

	private static FdworkProperties bind(Map<String, String> properties) {
		return new Binder(new MapConfigurationPropertySource(properties)).bind("fdwork", FdworkProperties.class).get();
	}

}
