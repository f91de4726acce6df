package io.fdwork.internal.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link FdworkMeter}, and for its agreement with the documentation.
 */
class FdworkMeterTests {

	private static final Path DOCUMENTATION = Path.of("../docs/src/docs/asciidoc/metrics.adoc");

	private static final Pattern METER_NAME = Pattern.compile("`(fdwork\\.(?!daemon\\.)[a-z.]+)`");

	/**
	 * Properties that look like a meter and may be named beside one.
	 */
	private static final Set<String> PROPERTIES = Set.of("fdwork.directory", "fdwork.role",
			"fdwork.worker.integration-channel", "fdwork.worker.name", "fdwork.worker.queues");

	@Test
	void shouldHaveUniqueNames() {
		assertThat(FdworkMeter.values()).extracting(FdworkMeter::meterName)
			.doesNotHaveDuplicates()
			.allMatch((name) -> name.matches("fdwork(\\.[a-z]+)+"));
	}

	@Test
	void shouldHaveFewTags() {
		assertThat(FdworkMeter.values())
			.allSatisfy((meter) -> assertThat(meter.tagNames()).hasSizeLessThanOrEqualTo(3).doesNotHaveDuplicates());
	}

	@Test
	void shouldBeTheSameInDocumentation() throws IOException {
		assertThat(DOCUMENTATION).exists();
		assertThat(documentedIn(Files.readString(DOCUMENTATION))).isEqualTo(names());
	}

	@Test
	void shouldNoticeWhenDocumentationDiffers() {
		String complete = names().stream().map((name) -> "`" + name + "`").collect(Collectors.joining("\n"));
		assertThat(documentedIn(complete)).isEqualTo(names());
		assertThat(documentedIn(complete.replace("`fdwork.queue.depth`", "depth"))).isNotEqualTo(names());
		assertThat(documentedIn(complete + "`fdwork.queue.length`")).isNotEqualTo(names());
		assertThat(documentedIn(complete + "`fdwork.daemon.integration-timeout` `fdwork.role`")).isEqualTo(names());
	}

	private static Set<String> names() {
		return Arrays.stream(FdworkMeter.values())
			.map(FdworkMeter::meterName)
			.collect(Collectors.toCollection(TreeSet::new));
	}

	private static Set<String> documentedIn(String text) {
		return METER_NAME.matcher(text)
			.results()
			.map((result) -> result.group(1))
			.filter((name) -> !PROPERTIES.contains(name))
			.collect(Collectors.toCollection(TreeSet::new));
	}

}
