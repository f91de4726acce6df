package io.fdwork.actuate;

import java.nio.file.Path;
import java.time.Instant;

import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.autoconfigure.RoleContexts;
import io.fdwork.daemon.Daemon;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
					"listeners":[{"address":"%s","queue":"default","state":"LISTENING","accepted":0}],
					"queues":[{"name":"default","depth":0,"capacity":16,"put":0,"got":0}],
					"workers":[]}""", PID, address));
		});
	}

	@Test
	void shouldDescribeWorkerOfDaemon() {
		daemon().run((daemon) -> worker().run((worker) -> {
			JsonNode described = awaitWorker(daemon);
			assertThat(worker).hasNotFailed();
			String since = described.path("since").asString();
			assertThat(Instant.parse(since)).isBetween(Instant.now().minusSeconds(60), Instant.now());
			assertThat(described).isEqualTo(read("""
					{"pid":%d,"name":"one","state":"READY","queues":["default"],"active":0,"concurrency":2,"got":0,
					"since":"%s"}""", PID, since));
		}));
	}

	@Test
	void shouldHaveNamesInOrder() {
		daemon().run((daemon) -> worker().run((worker) -> {
			assertThat(worker).hasNotFailed();
			JsonNode ofWorker = awaitWorker(daemon);
			JsonNode described = describe(daemon);
			// Besides those of issue 2: the pid of the daemon, and the queues of a worker
			assertThat(described.propertyNames()).containsExactly("role", "state", "pid", "listeners", "queues",
					"workers");
			assertThat(described.path("listeners").path(0).propertyNames()).containsExactly("address", "queue", "state",
					"accepted");
			assertThat(described.path("queues").path(0).propertyNames()).containsExactly("name", "depth", "capacity",
					"put", "got");
			assertThat(ofWorker.propertyNames()).containsExactly("pid", "name", "state", "queues", "active",
					"concurrency", "got", "since");
		}));
	}

	@Test
	void shouldDescribeWorkerItselfWhenConnected() {
		daemon().run((daemon) -> worker().run((worker) -> {
			assertThat(daemon).hasNotFailed();
			await().until(() -> describe(worker).path("state").asString().equals("READY"));
			assertThat(describe(worker)).isEqualTo(read("""
					{"role":"worker","state":"READY","pid":%d,"name":"one","daemonPid":%d,"queues":["default"],
					"active":0,"concurrency":2,"got":0}""", PID, PID));
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

	private ApplicationContextRunner daemon() {
		return RoleContexts.daemon(this.temp.resolve("d"))
			.withPropertyValues("management.endpoints.web.exposure.include=fdwork",
					"fdwork.daemon.queues.default.depth=16");
	}

	private ApplicationContextRunner worker() {
		return RoleContexts.worker(this.temp.resolve("d"))
			.withPropertyValues("management.endpoints.web.exposure.include=fdwork", "fdwork.worker.name=one")
			.withBean(WorkHandler.class, () -> Work::close);
	}

	private static JsonNode awaitWorker(ApplicationContext daemon) {
		return await().until(() -> describe(daemon).path("workers").path(0), (worker) -> !worker.isMissingNode());
	}

	private static JsonNode describe(ApplicationContext context) {
		return mapper.readTree(mapper.writeValueAsString(context.getBean(FdworkEndpoint.class).describe()));
	}

	private static JsonNode read(String json, Object... values) {
		return mapper.readTree(json.formatted(values));
	}

}
