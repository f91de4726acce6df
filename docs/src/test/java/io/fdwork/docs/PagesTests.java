package io.fdwork.docs;

import java.beans.PropertyDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.fdwork.WorkLimits;
import io.fdwork.WorkOutcome;
import io.fdwork.autoconfigure.FdworkProperties;
import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetState;
import io.fdwork.internal.daemon.MissingExposition;
import io.fdwork.internal.daemon.PeerRejection;
import io.fdwork.internal.daemon.ProxyRefusal;
import io.fdwork.internal.metrics.FdworkMeter;
import io.fdwork.internal.recovery.Fate;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.FrameDefect;
import io.fdwork.internal.wire.OrderKind;
import io.fdwork.internal.wire.WorkFrame;
import io.fdwork.worker.ServingMode;
import io.fdwork.worker.WorkerState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.BeanWrapper;
import org.springframework.beans.BeanWrapperImpl;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compares the pages with the code.
 */
class PagesTests {

	private static final Path PAGES = Path.of("src/docs/asciidoc");

	private static final Path README = Path.of("../README.md");

	private static final Path RENDERED = Path.of("target/html");

	private static final Path CODE_OF_FDWORK = Path.of("../fdwork-autoconfigure/src/main/java");

	/**
	 * What is named as a property and is none: a system property and an attribute that
	 * fdwork sets itself, a group of properties, and what observations and their keys are
	 * called.
	 */
	private static final Set<String> OTHER_NAMES = Set.of("fdwork.archive.jar", "fdwork.warm-up", "fdwork.daemon.fleet",
			"fdwork.queue", "fdwork.work", "fdwork.worker", "fdwork.wait", "fdwork.id");

	private static final Pattern CODE = Pattern.compile("`([^`]+)`");

	@Test
	void shouldBindConfigurationThatReadmeShows() throws IOException {
		List<PropertySource<?>> shown = new ArrayList<>();
		Matcher block = Pattern.compile("^```yaml\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
			.matcher(Files.readString(README));
		while (block.find()) {
			shown.addAll(new YamlPropertySourceLoader().load("README",
					new ByteArrayResource(block.group(1).getBytes(StandardCharsets.UTF_8))));
		}
		assertThat(shown).hasSizeGreaterThanOrEqualTo(2);
		for (PropertySource<?> source : shown) {
			Binder binder = new Binder(ConfigurationPropertySources.from(source));
			assertThat(binder
				.bind("fdwork", Bindable.of(FdworkProperties.class),
						new NoUnboundElementsBindHandler(BindHandler.DEFAULT))
				.isBound()).isTrue();
		}
	}

	@Test
	void shouldShowVersionOfThisBuildInReadme() throws IOException {
		Matcher version = Pattern.compile("<version>([^<]+)</version>")
			.matcher(Files.readString(Path.of("../pom.xml")));
		assertThat(version.find()).isTrue();
		assertThat(Files.readString(README)).contains(
				"<artifactId>fdwork-spring-boot-starter</artifactId>\n\t<version>" + version.group(1) + "</version>",
				"'io.fdwork:fdwork-spring-boot-starter:" + version.group(1) + "'");
	}

	@Test
	void shouldListExactlyThePropertiesWithTheirDefaults() throws IOException {
		Map<String, String> defaults = defaults();
		assertThat(defaults).hasSizeGreaterThan(40);
		Map<String, String> listed = new TreeMap<>();
		for (List<String> row : rows("configuration.adoc", "Property", "Type", "Default", "Meaning")) {
			Matcher value = CODE.matcher(row.get(2));
			listed.put(code(row.get(0)), (value.matches()) ? value.group(1) : "");
		}
		assertThat(listed).isEqualTo(defaults);
	}

	@Test
	void shouldNameNoPropertyThatDoesNotExist() throws IOException {
		Set<String> known = new TreeSet<>(defaults().keySet());
		known.addAll(meters());
		known.addAll(OTHER_NAMES);
		for (Map.Entry<Path, String> page : pages().entrySet()) {
			Matcher name = Pattern.compile("[`-](fdwork\\.[a-z][a-z.-]*[a-z](?:\\[]\\.[a-z-]+)?)(?=[`=])")
				.matcher(page.getValue());
			while (name.find()) {
				assertThat(known).as("properties and meters, for " + page.getKey()).contains(name.group(1));
			}
		}
	}

	@Test
	void shouldListConcurrencyOfEachWayOfServing() throws IOException {
		Map<String, String> concurrency = new TreeMap<>();
		for (List<String> row : rows("configuration.adoc", "Way of serving", "Concurrency",
				"Threads that get, for each queue")) {
			concurrency.put(row.get(0), row.get(1));
		}
		assertThat(concurrency)
			.containsEntry("`WorkHandler` on platform threads, integration flow",
					concurrency(ServingMode.PLATFORM_THREADS))
			.containsEntry("`WorkHandler` on virtual threads", concurrency(ServingMode.VIRTUAL_THREADS))
			.containsEntry("Netty pipeline", concurrency(ServingMode.EVENT_LOOPS))
			.containsEntry("WebFlux on Reactor Netty", concurrency(ServingMode.EVENT_LOOPS));
	}

	@Test
	void shouldNameOnlyTypesThatExist() throws IOException {
		Set<String> types = types();
		assertThat(types).contains("io.fdwork.Work");
		Set<String> packages = types.stream().map(PagesTests::packageName).collect(Collectors.toSet());
		int named = 0;
		for (Map.Entry<Path, String> page : pages().entrySet()) {
			Matcher type = Pattern.compile("`([a-z][a-z.]*\\.[A-Z]\\w+)`").matcher(page.getValue());
			while (type.find()) {
				String name = (type.group(1).startsWith("io.fdwork.")) ? type.group(1) : "io.fdwork." + type.group(1);
				assertThat(types).as("types, for " + page.getKey()).contains(name);
				named++;
			}
			Matcher room = Pattern.compile("`(io\\.fdwork(?!\\.sample)(?:\\.[a-z]+)*)`").matcher(page.getValue());
			while (room.find()) {
				assertThat(room.group(1)).as("package or logger, for " + page.getKey())
					.satisfiesAnyOf(
							(name) -> assertThat(packages).anyMatch((other) -> (other + ".").startsWith(name + ".")),
							(name) -> assertThat(name).isEqualTo("io.fdwork.fleet.output"));
			}
		}
		assertThat(named).isGreaterThan(5);
	}

	@Test
	void shouldImportNothingInternalInExamplesAndSample() throws IOException {
		List<Path> sources = new ArrayList<>(sources(Path.of("src/main/java")));
		sources.addAll(sources(Path.of("../sample-app/src/main/java")));
		sources.addAll(sources(Path.of("../sample-app/clinic/src/main/java")));
		assertThat(sources).hasSizeGreaterThan(20);
		for (Path source : sources) {
			assertThat(Files.readString(source)).as(source.toString()).doesNotContain("io.fdwork.internal");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "wire/WorkFrame", "wire/ControlConnection", "wire/ControlMessage", "table/Layout" })
	void shouldHaveDiagramOfJavadoc(String type) throws IOException {
		String source = Files.readString(CODE_OF_FDWORK.resolve("io/fdwork/internal/" + type + ".java"));
		Matcher javadoc = Pattern.compile("<pre>(?:\\{@code)?\n(.*?)\n \\* }?</pre>", Pattern.DOTALL).matcher(source);
		assertThat(javadoc.find()).isTrue();
		String diagram = javadoc.group(1).replaceAll("(?m)^ \\* ?", "");
		assertThat(Files.readString(PAGES.resolve("wire-protocol.adoc"))).contains("....\n" + diagram + "\n....");
	}

	@Test
	void shouldNameExactlyTheMetersWhenEnumHasThem() throws IOException {
		assertThat(inBackticks("metrics.adoc")).isEqualTo(meters());
	}

	@Test
	void shouldGiveKindTagsAndMeaningOfEachMeterAsEnumDoes() throws IOException {
		String javadoc = Files.readString(CODE_OF_FDWORK.resolve("io/fdwork/internal/metrics/FdworkMeter.java"));
		Map<String, List<String>> meters = new TreeMap<>();
		for (FdworkMeter meter : FdworkMeter.values()) {
			Matcher comment = Pattern.compile("/\\*\\*\\s+\\* ([^/]*?)\\s+\\*/\\s+" + meter + "\\(").matcher(javadoc);
			assertThat(comment.find()).as("Javadoc of " + meter).isTrue();
			meters.put(meter.meterName(), List.of(meter.kind().name().toLowerCase(Locale.ROOT),
					String.join(", ", meter.tagNames()), comment.group(1).replaceAll("\\s+\\* ", " ")));
		}
		Map<String, List<String>> listed = new TreeMap<>();
		for (List<String> row : rows("metrics.adoc", "Meter", "Kind", "Tags", "Meaning")) {
			listed.put(code(row.get(0)), List.of(row.get(1), row.get(2).replace("`", ""), row.get(3)));
		}
		assertThat(listed).isEqualTo(meters);
	}

	@Test
	void shouldListExactlyTheValuesThatEnumsHave() throws IOException {
		assertThat(names("wire-protocol.adoc", "Cause", "When")).isEqualTo(lowerCase(PeerRejection.values()));
		assertThat(names("wire-protocol.adoc", "Defect", "Cause")).isEqualTo(constants(FrameDefect.values()));
		assertThat(names("wire-protocol.adoc", "`kind`", "What the worker does"))
			.isEqualTo(constants(OrderKind.values()));
		assertThat(names("operations.adoc", "State of a fleet", "Meaning")).isEqualTo(constants(FleetState.values()));
		assertThat(names("operations.adoc", "Reason", "Meaning")).isEqualTo(constants(ExitReason.values()));
		Map<String, String> tags = new TreeMap<>();
		for (List<String> row : rows("metrics.adoc", "Tag", "Values")) {
			tags.put(code(row.get(0)), row.get(1));
		}
		assertThat(codes(tags.get("state"))).isEqualTo(lowerCase(WorkerState.values()));
		assertThat(codes(tags.get("reason"))).isEqualTo(lowerCase(ExitReason.values()));
		Set<String> outcomes = lowerCase(WorkOutcome.values());
		// Of a refresh
		outcomes.addAll(Set.of("completed", "rolled_back"));
		assertThat(codes(tags.get("outcome"))).isEqualTo(outcomes);
		assertThat(codes(tags.get("fate"))).isEqualTo(lowerCase(Fate.values()));
		Set<String> causes = lowerCase(PeerRejection.values());
		causes.addAll(lowerCase(FrameDefect.values()));
		causes.addAll(lowerCase(ProxyRefusal.values()));
		causes.addAll(lowerCase(MissingExposition.values()));
		assertThat(codes(tags.get("cause"))).isEqualTo(causes);
	}

	@Test
	void shouldGiveLimitsWhenWirePageNamesThem() throws IOException {
		String page = Files.readString(PAGES.resolve("wire-protocol.adoc"));
		assertThat(page).contains("| `MAX_DESCRIPTORS` | " + WorkLimits.MAX_DESCRIPTORS)
			.contains("| `MAX_PARAMETERS` | " + WorkLimits.MAX_PARAMETERS)
			.contains("| `MAX_PARAMETER_BYTES` | " + WorkLimits.MAX_PARAMETER_BYTES)
			.contains("| `MAX_PAYLOAD_BYTES` | " + WorkLimits.MAX_PAYLOAD_BYTES)
			.contains("A frame has at most " + WorkFrame.MAX_LENGTH + " bytes")
			.contains("Frames of up to " + WorkFrame.STANDARD_LENGTH + " bytes")
			.contains("The version is " + WorkFrame.VERSION + ".\nA field")
			.contains("one above " + WorkFrame.MAX_LENGTH)
			.contains("or more than " + WorkLimits.MAX_DESCRIPTORS)
			.contains("how many listeners it keeps, at most " + ControlMessage.MAX_LISTENERS)
			.contains("for each idle connection, at most " + ControlMessage.MAX_RETURNS);
		assertThat(Files.readString(PAGES.resolve("sending.adoc")))
			.contains("at most %d descriptors, %d parameters of %d bytes together, and %d bytes of payload"
				.formatted(WorkLimits.MAX_DESCRIPTORS, WorkLimits.MAX_PARAMETERS, WorkLimits.MAX_PARAMETER_BYTES,
						WorkLimits.MAX_PAYLOAD_BYTES))
			.contains("longer than " + WorkFrame.STANDARD_LENGTH + " bytes");
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
					assertThat(pages.get(target)).as(link.group() + " in " + name)
						.contains("id=\"" + link.group(2) + "\"");
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

	/**
	 * Return the default of each property, or an empty text for one that has none. Of
	 * what is in a list or a map the metadata says nothing.
	 */
	private static Map<String, String> defaults() throws IOException {
		Map<String, String> defaults = new TreeMap<>();
		Enumeration<URL> metadata = PagesTests.class.getClassLoader()
			.getResources("META-INF/spring-configuration-metadata.json");
		while (metadata.hasMoreElements()) {
			try (InputStream json = metadata.nextElement().openStream()) {
				for (JsonNode property : JsonMapper.shared().readTree(json).path("properties")) {
					String name = property.path("name").asString();
					if (name.startsWith("fdwork.")) {
						defaults.put(name, text(property.path("defaultValue")));
					}
				}
			}
		}
		addDefaults(defaults, "fdwork.daemon.listeners[].", new FdworkProperties.Listener());
		addDefaults(defaults, "fdwork.daemon.queues.<name>.", new FdworkProperties.Queue());
		return defaults;
	}

	private static String text(JsonNode value) {
		return (value.isArray()) ? value.valueStream().map(JsonNode::asString).collect(Collectors.joining(","))
				: value.asString("");
	}

	private static void addDefaults(Map<String, String> defaults, String prefix, Object properties) {
		BeanWrapper bean = new BeanWrapperImpl(properties);
		for (PropertyDescriptor property : bean.getPropertyDescriptors()) {
			if (property.getWriteMethod() != null) {
				Object value = bean.getPropertyValue(property.getName());
				defaults.put(prefix + DataObjectPropertyName.toDashedForm(property.getName()), text(value));
			}
		}
	}

	private static String text(Object value) {
		if (value instanceof Enum<?> constant) {
			return constant.name().toLowerCase(Locale.ROOT);
		}
		if (value instanceof List<?> list && list.isEmpty()) {
			return "";
		}
		return (value instanceof Duration duration) ? DurationStyle.SIMPLE.print(duration, ChronoUnit.SECONDS)
				: Objects.toString(value, "");
	}

	/**
	 * Return the rows of all tables of a page that have this header.
	 */
	private static List<List<String>> rows(String page, String... header) throws IOException {
		List<List<String>> rows = new ArrayList<>();
		Matcher table = Pattern.compile("\\|===\n(.*?)\n\\|===", Pattern.DOTALL)
			.matcher(Files.readString(PAGES.resolve(page)));
		while (table.find()) {
			List<String> cells = Arrays.stream(table.group(1).split("(?m)(?:^| )\\|(?= |$)"))
				.skip(1)
				.map(String::strip)
				.toList();
			if (cells.size() >= header.length && cells.subList(0, header.length).equals(List.of(header))) {
				for (int i = header.length; i < cells.size(); i += header.length) {
					rows.add(cells.subList(i, i + header.length));
				}
			}
		}
		assertThat(rows).as("rows of " + page + " below " + List.of(header)).isNotEmpty();
		return rows;
	}

	private static Set<String> names(String page, String... header) throws IOException {
		Set<String> names = new TreeSet<>();
		for (List<String> row : rows(page, header)) {
			names.add(code(row.get(0)));
		}
		return names;
	}

	private static String code(String cell) {
		Matcher code = CODE.matcher(cell);
		assertThat(code.matches()).as(cell).isTrue();
		return code.group(1);
	}

	private static Set<String> codes(String cell) {
		return CODE.matcher(cell).results().map((code) -> code.group(1)).collect(Collectors.toCollection(TreeSet::new));
	}

	private static Set<String> constants(Enum<?>... values) {
		return Arrays.stream(values).map(Enum::name).collect(Collectors.toCollection(TreeSet::new));
	}

	private static Set<String> lowerCase(Enum<?>... values) {
		return Arrays.stream(values)
			.map((value) -> value.name().toLowerCase(Locale.ROOT))
			.collect(Collectors.toCollection(TreeSet::new));
	}

	private static String concurrency(ServingMode mode) {
		return String.valueOf(mode.defaultConcurrency());
	}

	private static Set<String> meters() {
		return Arrays.stream(FdworkMeter.values())
			.map(FdworkMeter::meterName)
			.collect(Collectors.toCollection(TreeSet::new));
	}

	private static Map<Path, String> pages() throws IOException {
		Map<Path, String> pages = new TreeMap<>();
		pages.put(README, Files.readString(README));
		try (Stream<Path> files = Files.list(PAGES)) {
			for (Path page : files.filter((path) -> path.toString().endsWith(".adoc")).toList()) {
				pages.put(page, Files.readString(page));
			}
		}
		assertThat(pages).hasSizeGreaterThan(10);
		return pages;
	}

	private static Set<String> types() throws IOException {
		Set<String> types = new TreeSet<>();
		for (Path source : sources(CODE_OF_FDWORK)) {
			String path = CODE_OF_FDWORK.relativize(source).toString();
			types.add(path.substring(0, path.length() - ".java".length()).replace('/', '.'));
		}
		return types;
	}

	private static String packageName(String type) {
		return type.substring(0, type.lastIndexOf('.'));
	}

	private static List<Path> sources(Path directory) throws IOException {
		try (Stream<Path> files = Files.walk(directory)) {
			return files.filter((path) -> path.toString().endsWith(".java")).toList();
		}
	}

}
