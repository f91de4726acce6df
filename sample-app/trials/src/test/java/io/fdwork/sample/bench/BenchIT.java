package io.fdwork.sample.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A very short run of {@link Bench}.
 */
@Tag("long")
class BenchIT {

	private static final Path OUTPUT = Path.of("target", "bench-it");

	@Test
	@Timeout(600)
	void shouldWriteFiguresTableAndPlotWhenTwoContendersAreMeasured() throws Exception {
		Options options = Options.parse("--peers=direct,fdwork-netty", "--rounds=1", "--seconds=1", "--warm-up=1",
				"--output=" + OUTPUT);
		assertThat(new Bench(List.of(new SkewedWorkload(1, 2)), options, System.out).run()).isTrue();
		JsonNode result = JsonMapper.shared().readTree(Files.readAllBytes(OUTPUT.resolve("skewed.json")));
		assertThat(result.at("/measurements")).hasSize(2);
		for (JsonNode measurement : result.at("/measurements")) {
			assertThat(measurement.at("/requests").asLong()).as(measurement.toString()).isPositive();
			assertThat(measurement.at("/figures/FAILED").asDouble()).as(measurement.toString()).isZero();
			assertThat(measurement.at("/figures/SHORT_P50").asDouble()).as(measurement.toString()).isGreaterThan(1);
		}
		assertThat(result.at("/measurements/1/parts/daemon/rssBytes").asLong()).isPositive();
		assertThat(Files.readString(OUTPUT.resolve("_skewed.adoc"))).contains("| direct", "| fdwork-netty",
				"A short run");
		assertThat(Files.readString(OUTPUT.resolve("skewed.svg"))).contains("<svg", "fdwork-netty");
	}

}
