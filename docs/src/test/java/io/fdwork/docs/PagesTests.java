package io.fdwork.docs;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.fdwork.WorkLimits;
import io.fdwork.internal.metrics.FdworkMeter;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compares the pages with the code.
 */
class PagesTests {

	private static final Path PAGES = Path.of("src/docs/asciidoc");

	private static final Path RENDERED = Path.of("target/html");

	@Test
	void shouldNameEveryPropertyWhenMetadataHasIt() throws IOException {
		Set<String> properties = properties();
		assertThat(properties).isNotEmpty();
		assertThat(inBackticks("configuration.adoc")).containsAll(properties);
	}

	@Test
	void shouldNameExactlyTheMetersWhenEnumHasThem() throws IOException {
		Set<String> meters = Arrays.stream(FdworkMeter.values())
			.map(FdworkMeter::meterName)
			.collect(Collectors.toCollection(TreeSet::new));
		assertThat(inBackticks("metrics.adoc")).isEqualTo(meters);
	}

	@Test
	void shouldGiveLimitsWhenWirePageNamesThem() throws IOException {
		String page = Files.readString(PAGES.resolve("wire-protocol.adoc"));
		assertThat(page).contains("| `MAX_DESCRIPTORS` | " + WorkLimits.MAX_DESCRIPTORS)
			.contains("| `MAX_PARAMETERS` | " + WorkLimits.MAX_PARAMETERS)
			.contains("| `MAX_PARAMETER_BYTES` | " + WorkLimits.MAX_PARAMETER_BYTES)
			.contains("| `MAX_PAYLOAD_BYTES` | " + WorkLimits.MAX_PAYLOAD_BYTES);
	}

	@Test
	void shouldFindTargetWhenPageLinksToIt() throws IOException {
		Map<String, String> pages = new TreeMap<>();
		try (Stream<Path> files = Files.list(RENDERED)) {
			for (Path file : files.filter((path) -> path.toString().endsWith(".html")).toList()) {
				pages.put(file.getFileName().toString(), Files.readString(file));
			}
		}
		assertThat(pages).containsKey("index.html");
		pages.forEach((name, html) -> {
			Matcher link = Pattern.compile("(?:href|src)=\"([^\"#:]*)(?:#([^\"]*))?\"").matcher(html);
			while (link.find()) {
				String target = (link.group(1).isEmpty()) ? name : link.group(1);
				assertThat(RENDERED.resolve(target)).as("linked from " + name).exists();
				if (link.group(2) != null) {
					assertThat(pages.get(target)).as(link.group() + " in " + name).contains("id=\"" + link.group(2) + "\"");
				}
			}
		});
	}

	private static Set<String> inBackticks(String page) throws IOException {
		Matcher matcher = Pattern.compile("`(fdwork\\.[^`]+)`").matcher(Files.readString(PAGES.resolve(page)));
		Set<String> names = new TreeSet<>();
		while (matcher.find()) {
			names.add(matcher.group(1));
		}
		return names;
	}

	private static Set<String> properties() throws IOException {
		Set<String> names = new TreeSet<>();
		Enumeration<URL> metadata = PagesTests.class.getClassLoader()
			.getResources("META-INF/spring-configuration-metadata.json");
		while (metadata.hasMoreElements()) {
			try (InputStream json = metadata.nextElement().openStream()) {
				for (JsonNode property : JsonMapper.shared().readTree(json).path("properties")) {
					String name = property.path("name").asString();
					if (name.startsWith("fdwork.")) {
						names.add(name);
					}
				}
			}
		}
		return names;
	}

}
