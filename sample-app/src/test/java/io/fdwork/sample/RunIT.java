package io.fdwork.sample;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The first minute with the sample, on the web server of this module.
 */
@Tag("long")
@Timeout(600)
class RunIT {

	private static final int MAX_LINES = 25;

	private static final Pattern ANSWERED = Pattern
		.compile("http://127\\.0\\.0\\.1:(\\d+)/ +answered by worker (\\d+) or (\\d+)\n");

	private static final Pattern END = Pattern.compile("Stop with Ctrl-C.*\n");

	@Test
	void shouldPrintFewLinesUntilBothWorkersAnswerAndLeaveNoProcess() throws Exception {
		try (RunScript script = new RunScript()) {
			Matcher answered = script.await(ANSWERED);
			Set<Long> workers = Set.of(Long.valueOf(answered.group(2)), Long.valueOf(answered.group(3)));
			assertThat(answered.group(1)).isEqualTo(String.valueOf(script.port()));
			script.await(END);
			assertThat(script.lines()).hasSizeLessThanOrEqualTo(MAX_LINES)
				.anyMatch((line) -> line.contains("http://127.0.0.1:" + script.managementPort() + "/actuator/fdwork"));
			Set<Long> pids = new HashSet<>();
			Await.until(() -> {
				pids.add(Long.valueOf(Client.get(script.port(), "/pid").strip()));
				return pids.size() == 2;
			});
			assertThat(pids).isEqualTo(workers);
			// What happens from now on is seen
			ProcessHandle.of(pids.iterator().next()).orElseThrow().destroyForcibly();
			script.await(Pattern.compile("Started worker \\d+ of generation"));
			List<ProcessHandle> started = script.awaitDaemon();
			assertThat(started).as("the daemon and workers").hasSizeGreaterThanOrEqualTo(3);
			assertThat(script.terminate()).isZero();
			assertThat(script.lines()).last().isEqualTo("Stopped. No process is left.");
			assertThat(started).noneMatch(ProcessHandle::isAlive);
		}
	}

}
