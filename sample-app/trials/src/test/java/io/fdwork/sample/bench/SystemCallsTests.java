package io.fdwork.sample.bench;

import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

/**
 * Tests for {@link SystemCalls}.
 */
class SystemCallsTests {

	@Test
	void shouldCountForEachRequestWhenLinesAreOfStrace() {
		assertThat(SystemCalls.read(List.of("% time     seconds  usecs/call     calls    errors syscall",
				"------ ----------- ----------- --------- --------- ----------------",
				" 61.20    0.012240          12      1000           sendmsg",
				" 30.60    0.006120           6      1010        10 accept4",
				"  8.20    0.001640         164         1           mmap",
				"------ ----------- ----------- --------- --------- ----------------",
				"100.00    0.020000           9      2011        10 total"), 500))
			.containsOnly(entry("sendmsg", 2.0), entry("accept4", 2.02));
	}

}
