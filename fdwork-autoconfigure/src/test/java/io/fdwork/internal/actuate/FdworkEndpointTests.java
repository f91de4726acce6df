package io.fdwork.internal.actuate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.autoconfigure.RoleContexts;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.worker.ApplicationProbes;
import io.fdwork.internal.worker.DaemonObserver;
import io.fdwork.internal.worker.Worker;
import io.fdwork.worker.ServingMode;
import io.fdwork.worker.WorkerOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;

/**
 * Tests for {@link FdworkEndpoint}: the JSON that it answers.
 */
class FdworkEndpointTests {

	private static final JsonMapper mapper = JsonMapper.shared();

	private static final long PID = ProcessHandle.current().pid();

	@TempDir
	private Path temp;

	@Test
	void shouldDescribeDaemonWhenThereIsNoWorker() {
		daemon().run((daemon) -> {
			String address = daemon.getBean(Daemon.class).snapshot().listeners().get(0).address();
			assertThat(address).matches("127\\.0\\.0\\.1:\\d+");
			assertThat(describe(daemon)).isEqualTo(read("""
					{"role":"daemon","state":"RUNNING","pid":%d,
					"listeners":[{"address":"%s","queue":"default","state":"LISTENING","accepted":0,
					"acceptedBy":"DAEMON","standIn":true}],
					"queues":[{"name":"default","depth":0,"capacity":16,"put":0,"got":0}],
					"idle":[{"queue":"default","held":0,"returned":0,"resumed":0,"left":0,"timedOut":0,"evicted":0}],
					"workers":[],
					"recovery":{"held":0,"capacity":8,"skipped":0,
					"connections":{"PUT_AGAIN":0,"REPLAYED":0,"POISONED":0,"HOME":0,"LOST":0,"DEPARTED":0},"damaged":0},
					"totals":{"ended":{"default":{"SERVED":0,"FAILED":0,"DROPPED":0,"DEPARTED":0}},
					"requests":{"1xx":0,"2xx":0,"3xx":0,"4xx":0,"5xx":0,"unknown":0},"rejected":0,"leakedDescriptors":0}
					}""", PID, address));
		});
	}

	@Test
	void shouldDescribeWorkerOfDaemon() {
		daemon().run((daemon) -> worker().run((worker) -> {
			assertThat(worker).hasNotFailed();
			// On a busy machine it may miss the short report
			// interval of this test for a moment
			JsonNode described = await().until(() -> awaitWorker(daemon),
					(one) -> one.path("state").asString("").equals("READY") && one.path("leader").asBoolean());
			String since = described.path("since").asString();
			assertThat(Instant.parse(since)).isBetween(Instant.now().minusSeconds(60), Instant.now());
			JsonNode process = described.path("process");
			assertThat(process.propertyNames()).containsExactly("heapUsed", "heapMax", "collections",
					"collectionMillis", "processorMillis", "threads", "openFiles", "maxFiles");
			assertThat(process.path("heapUsed").asLong()).isPositive().isLessThan(process.path("heapMax").asLong());
			assertThat(process.path("openFiles").asLong()).isPositive().isLessThan(process.path("maxFiles").asLong());
			assertThat(process.path("processorMillis").asLong()).isPositive();
			assertThat(((ObjectNode) described).without(List.of("process", "leader"))).isEqualTo(
					read("""
							{"pid":%d,"name":"one","state":"READY","queues":["default"],"active":0,"busy":0,"concurrency":2,"got":0,
							"since":"%s","generation":0,"listeners":1,
							"waited":{"p50Micros":0,"p95Micros":0,"p99Micros":0,"maxMicros":0},"ended":{"SERVED":0,"FAILED":0,"DROPPED":0,"DEPARTED":0}}""",
							PID, since));
		}));
	}

	@Test
	void shouldHaveNamesInOrder() {
		daemon().run((daemon) -> worker().run((worker) -> {
			assertThat(worker).hasNotFailed();
			JsonNode ofWorker = awaitWorker(daemon);
			JsonNode described = describe(daemon);
			// Besides those of issue 2: the pid of the daemon, and the queues of a worker
			assertThat(described.propertyNames()).containsExactly("role", "state", "pid", "listeners", "queues", "idle",
					"workers", "recovery", "totals");
			assertThat(described.path("listeners").path(0).propertyNames()).containsExactly("address", "queue", "state",
					"accepted", "acceptedBy", "standIn");
			assertThat(described.path("queues").path(0).propertyNames()).containsExactly("name", "depth", "capacity",
					"put", "got");
			assertThat(ofWorker.propertyNames()).containsExactly("pid", "name", "state", "queues", "active", "busy",
					"concurrency", "got", "since", "generation", "listeners", "leader", "waited", "ended", "process");
		}));
	}

	@Test
	void shouldDescribeWorkerItselfWhenConnected() {
		daemon().run((daemon) -> worker().run((worker) -> {
			assertThat(daemon).hasNotFailed();
			JsonNode described = await().until(() -> describe(worker),
					(one) -> one.path("state").asString("").equals("READY") && one.path("listeners").asInt() == 1
							&& one.path("daemonLife").asString("").equals("ALIVE"));
			assertThat(described).isEqualTo(read("""
					{"role":"worker","state":"READY","pid":%d,"name":"one","daemonPid":%d,"queues":["default"],
					"active":0,"busy":0,"concurrency":2,"got":0,"listeners":1,"standsIn":0,"daemonLife":"ALIVE"}""",
					PID, PID));
		}));
	}

	@Test
	void shouldGiveReasonWhenWorkerIsNotConnected() {
		worker().run((worker) -> {
			await().until(() -> describe(worker).has("problem"));
			JsonNode described = describe(worker);
			assertThat(described.path("state").asString()).isEqualTo("CONNECTING");
			assertThat(described.has("daemonPid")).isFalse();
			assertThat(described.path("problem").asString()).isNotBlank();
		});
	}

	@Test
	void shouldDescribeFleetOfDaemon() {
		daemonWithFleet().run((daemon) -> assertThat(describe(daemon).path("fleet")).isEqualTo(read("""
				{"state":"RUNNING","min":0,"max":2,"target":0,"generation":1,"starting":0,"draining":0,"exits":[],
				"exitCounts":{}}""")));
	}

	@Test
	void shouldQuiesceAndResume() {
		daemonWithFleet().run((daemon) -> worker().run((worker) -> {
			assertThat(worker).hasNotFailed();
			awaitWorker(daemon);
			for (int i = 0; i < 2; i++) {
				JsonNode described = operate(daemon, "quiesce", Map.of());
				assertThat(described.path("fleet").path("state").asString()).isEqualTo("QUIESCED");
				assertThat(daemon.getBean(Daemon.class).isQuiesced()).isTrue();
			}
			await().until(() -> awaitWorker(daemon).path("state").asString().equals("QUIESCED"));
			for (int i = 0; i < 2; i++) {
				JsonNode described = operate(daemon, "resume", Map.of());
				assertThat(described.path("fleet").path("state").asString()).isEqualTo("RUNNING");
				assertThat(daemon.getBean(Daemon.class).isQuiesced()).isFalse();
			}
			await().until(() -> awaitWorker(daemon).path("state").asString().equals("READY"));
		}));
	}

	@Test
	void shouldScale() {
		daemonWithFleet().run((daemon) -> {
			JsonNode fleet = operate(daemon, "scale", Map.of("max", 5, "concurrency", 3)).path("fleet");
			assertThat(fleet.path("min").asInt()).isZero();
			assertThat(fleet.path("max").asInt()).isEqualTo(5);
			assertThat(daemon.getBean(Daemon.class).getConcurrency()).isEqualTo(3);
			operate(daemon, "scale", Map.of("concurrency", 0));
			assertThat(daemon.getBean(Daemon.class).getConcurrency()).isZero();
		});
	}

	@Test
	void shouldScaleConcurrencyOfDaemonWithoutFleet() {
		daemon().run((daemon) -> worker().run((worker) -> {
			assertThat(worker).hasNotFailed();
			awaitWorker(daemon);
			operate(daemon, "scale", Map.of("concurrency", 1));
			await().until(() -> awaitWorker(daemon).path("concurrency").asInt() == 1);
		}));
	}

	@Test
	void shouldRefresh() {
		Path javaHome = this.temp.resolve("none");
		daemonWithFleet().withPropertyValues("fdwork.daemon.fleet.java-home=" + javaHome).run((daemon) -> {
			operate(daemon, "refresh", Map.of("batch", "50%", "drainTimeout", "1h"));
			JsonNode last = await().until(() -> describe(daemon).path("fleet").path("lastRefresh"), JsonNode::isObject);
			assertThat(last.path("generation").asInt()).isEqualTo(2);
			assertThat(last.path("outcome").asString()).isEqualTo("ROLLED_BACK");
			assertThat(last.path("reason").asString()).contains("A worker cannot be started", javaHome.toString());
		});
	}

	@Test
	void shouldStopAndResume() {
		daemonWithFleet().run((daemon) -> {
			for (int i = 0; i < 2; i++) {
				JsonNode fleet = operate(daemon, "stop", Map.of()).path("fleet");
				assertThat(fleet.path("state").asString()).isEqualTo("STOPPED");
				assertThat(fleet.path("reason").asString()).contains("told to start no more");
			}
			JsonNode fleet = operate(daemon, "resume", Map.of()).path("fleet");
			assertThat(fleet.path("state").asString()).isEqualTo("RUNNING");
			assertThat(fleet.has("reason")).isFalse();
		});
	}

	@Test
	void shouldRefuseToRefreshToJarThatIsNotThere() {
		daemonWithFleet().withPropertyValues("fdwork.daemon.fleet.jar-directories=" + this.temp).run((daemon) -> {
			String jar = this.temp.resolve("none.jar").toString();
			assertRefused(daemon, "refresh", Map.of("jar", jar), List.of("jar is the path of a file", jar));
			assertThat(describe(daemon).path("fleet").has("lastRefresh")).isFalse();
		});
	}

	@Test
	void shouldRefuseToRefreshToJarOfDirectoryThatIsNotAllowed() throws IOException {
		Path jar = Files.writeString(this.temp.resolve("elsewhere.jar"), "jar");
		Path allowed = Files.createDirectory(this.temp.resolve("allowed"));
		daemonWithFleet().withPropertyValues("fdwork.daemon.fleet.jar-directories=" + allowed)
			.run((daemon) -> assertRefused(daemon, "refresh", Map.of("jar", jar.toString()),
					List.of(jar.toString(), allowed.toString(), "fdwork.daemon.fleet.jar-directories")));
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void shouldOrderRetiredWorkerToDrain(boolean byName) {
		daemonWithFleet().run((daemon) -> {
			Drains drains = new Drains();
			WorkerOptions options = new WorkerOptions(this.temp.resolve("d"), 1);
			options.setName("one");
			options.getQueues().add("default");
			Worker worker = new Worker(options, ApplicationProbes.NONE, ServingMode.VIRTUAL_THREADS, List::of,
					Work::close, drains);
			try {
				worker.start();
				awaitWorker(daemon);
				operate(daemon, "retire", Map.of("worker", (byName) ? "one" : String.valueOf(PID)));
				await().untilTrue(drains.ordered);
			}
			finally {
				worker.stop(Duration.ofSeconds(5));
			}
		});
	}

	/**
	 * All of them with one daemon: none may change it.
	 */
	@Test
	void shouldSayWhatIsAllowedWhenArgumentIsWrong() {
		daemonWithFleet().run((daemon) -> worker().run((worker) -> {
			assertThat(worker).hasNotFailed();
			awaitWorker(daemon);
			assertAll(wrongArguments().map((wrong) -> () -> {
				assertRefused(daemon, wrong.operation(), wrong.arguments(), wrong.allowed());
				assertThat(describe(daemon).path("fleet").path("state").asString()).isEqualTo("RUNNING");
				assertThat(describe(daemon).path("fleet").path("max").asInt()).isEqualTo(2);
				assertThat(describe(daemon).path("fleet").has("lastRefresh")).isFalse();
			}));
		}));
	}

	private static Stream<Wrong> wrongArguments() {
		List<String> batch = List.of("a number from 1", "a percentage from 1% to 100%");
		return Stream.of(
				new Wrong("reload", Map.of(), List.of("'reload'", "refresh, quiesce, stop, resume, scale and retire")),
				new Wrong("refresh", Map.of("batch", "0"), batch), new Wrong("refresh", Map.of("batch", "-1"), batch),
				new Wrong("refresh", Map.of("batch", "0%"), batch),
				new Wrong("refresh", Map.of("batch", "101%"), batch),
				new Wrong("refresh", Map.of("batch", "half"), batch), new Wrong("refresh", Map.of("batch", ""), batch),
				new Wrong("refresh", Map.of("batch", "99999999999"), batch),
				new Wrong("refresh", Map.of("drainTimeout", "-1ms"), List.of("from 0s to 1h", "-1ms")),
				new Wrong("refresh", Map.of("drainTimeout", "3601s"), List.of("from 0s to 1h")),
				new Wrong("refresh", Map.of("drainTimeout", "soon"), List.of("from 0s to 1h", "soon")),
				new Wrong("refresh", Map.of("bake", "9s"), List.of("bake is a duration from 10s to 1d", "9s")),
				new Wrong("refresh", Map.of("bake", "25h"), List.of("bake is a duration from 10s to 1d")),
				new Wrong("refresh", Map.of("bake", "long"), List.of("such as 5m, or 0s", "long")),
				new Wrong("refresh", Map.of("canary", "one", "bake", "5m"), List.of("canary is a number", "one")),
				new Wrong("refresh", Map.of("canary", "1"),
						List.of("give bake as well", "fdwork.daemon.fleet.refresh.bake-time")),
				new Wrong("scale", Map.of("max", "two"), List.of("max is a number of 0 or more", "two")),
				new Wrong("scale", Map.of("max", 129), List.of("from 1 to 128", "max=129")),
				new Wrong("scale", Map.of(), List.of("at least one of min, max and concurrency")),
				new Wrong("scale", Map.of("concurrency", -1), List.of("concurrency is a number of 0 or more", "-1")),
				new Wrong("scale", Map.of("min", -1), List.of("min is a number of 0 or more", "-1")),
				new Wrong("scale", Map.of("max", 0), List.of("from 1 to 128", "max=0")),
				new Wrong("scale", Map.of("min", 3, "max", 2), List.of("not less than min")),
				new Wrong("retire", Map.of(), List.of("one of [one (" + PID + ")]")),
				new Wrong("retire", Map.of("worker", "none"), List.of("one of [one (" + PID + ")]", "none")));
	}

	@Test
	void shouldAnswerOverHttpWithWhatIsWrong() {
		daemonWithFleet().run((daemon) -> {
			FdworkEndpointWebExtension extension = daemon.getBean(FdworkEndpointWebExtension.class);
			WebEndpointResponse<Object> wrong = extension.operateWith("refresh", "half", null, null, null, null, null,
					null, null, null);
			assertThat(wrong.getStatus()).isEqualTo(400);
			assertThat(wrong.getBody()).asString().contains("a percentage from 1% to 100%");
			WebEndpointResponse<Object> right = extension.operate("resume");
			assertThat(right.getStatus()).isEqualTo(200);
			assertThat(right.getBody()).isInstanceOf(FdworkDescription.class);
		});
	}

	@Test
	void shouldSayThatThereIsNoFleet() {
		daemon().run((daemon) -> {
			assertRefused(daemon, "refresh", Map.of(), List.of("fdwork.daemon.fleet.max"));
			assertRefused(daemon, "stop", Map.of(), List.of("fdwork.daemon.fleet.max"));
			assertRefused(daemon, "scale", Map.of("max", 1), List.of("fdwork.daemon.fleet.max"));
		});
	}

	@Test
	void shouldRefuseToOperateWorker() {
		worker().run((worker) -> {
			for (String operation : List.of("refresh", "quiesce", "stop", "resume", "scale", "retire")) {
				assertRefused(worker, operation, Map.of(), List.of("This is a worker", "for the daemon"));
			}
		});
	}

	private static void assertRefused(ApplicationContext context, String operation, Map<String, Object> arguments,
			List<String> allowed) {
		assertThatExceptionOfType(InvalidEndpointRequestException.class).as("%s with %s", operation, arguments)
			.isThrownBy(() -> operate(context, operation, arguments))
			.satisfies((ex) -> assertThat(ex.getReason()).contains(allowed));
	}

	private static JsonNode operate(ApplicationContext context, String operation, Map<String, Object> arguments) {
		FdworkDescription description = context.getBean(FdworkEndpoint.class)
			.operate(operation, text(arguments, "batch"), text(arguments, "drainTimeout"), text(arguments, "jar"),
					text(arguments, "bake"), text(arguments, "canary"), text(arguments, "worker"),
					text(arguments, "min"), text(arguments, "max"), text(arguments, "concurrency"));
		return mapper.readTree(mapper.writeValueAsString(description));
	}

	private static String text(Map<String, Object> arguments, String name) {
		Object value = arguments.get(name);
		return (value != null) ? value.toString() : null;
	}

	/**
	 * Return a daemon that would start a worker if a request came.
	 */
	private ApplicationContextRunner daemonWithFleet() {
		return daemon().withPropertyValues("fdwork.daemon.fleet.max=2", "fdwork.daemon.fleet.cds-archive=false");
	}

	private ApplicationContextRunner daemon() {
		return RoleContexts.daemon(this.temp.resolve("d"))
			.withPropertyValues("management.endpoints.web.exposure.include=fdwork",
					"fdwork.daemon.queues.default.capacity=16", "fdwork.daemon.recovery.max-connections=8");
	}

	private ApplicationContextRunner worker() {
		return RoleContexts.worker(this.temp.resolve("d"))
			.withPropertyValues("management.endpoints.web.exposure.include=fdwork", "fdwork.worker.name=one")
			.withBean(WorkHandler.class, () -> Work::close);
	}

	private static JsonNode awaitWorker(ApplicationContext daemon) {
		return await().until(() -> describe(daemon).path("workers").path(0),
				(worker) -> worker.path("listeners").asInt() == 1);
	}

	private static JsonNode describe(ApplicationContext context) {
		return mapper.readTree(mapper.writeValueAsString(context.getBean(FdworkEndpoint.class).describe()));
	}

	private static JsonNode read(String json, Object... values) {
		return mapper.readTree(json.formatted(values));
	}

	/**
	 * An operation with an argument that is wrong.
	 *
	 * @param operation the operation
	 * @param arguments its arguments
	 * @param allowed what the answer says
	 */
	private record Wrong(String operation, Map<String, Object> arguments, List<String> allowed) {
	}

	/**
	 * Notes the order to drain.
	 */
	private static final class Drains implements DaemonObserver {

		private final AtomicBoolean ordered = new AtomicBoolean();

		@Override
		public void connected(long daemonPid) {
		}

		@Override
		public void lost(String reason) {
		}

		@Override
		public void drainOrdered() {
			this.ordered.set(true);
		}

		@Override
		public void draining() {
		}

	}

}
