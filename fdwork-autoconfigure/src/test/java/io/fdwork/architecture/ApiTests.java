package io.fdwork.architecture;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.fdwork.autoconfigure.FdworkProperties;
import io.fdwork.descriptor.Descriptor;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of what users may touch: every public type outside of {@code io.fdwork.internal}
 * that is not marked as internal, and every property. The list of it all is in
 * {@code api.txt}, so that a change of the API is a change of that file.
 */
class ApiTests {

	private static final String BASE = "io.fdwork";

	private static final Path LIST = Path.of("api.txt");

	private static final List<Class<?>> types = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages(BASE)
		.stream()
		.filter(ApiTests::isApi)
		.map(JavaClass::reflect)
		.sorted(Comparator.comparing((Class<?> type) -> type.getPackageName()).thenComparing(ApiTests::name))
		.collect(Collectors.toList());

	@Test
	void shouldBeAsListed() throws IOException {
		assertThat(String.join("\n", actual()) + "\n")
			.as("the API. If it changes on purpose, let api.txt say so, and CHANGELOG.md why")
			.isEqualTo(Files.readString(LIST));
	}

	@Test
	void shouldBeAllThatTheJavadocShowsOfTheDescriptors() throws IOException {
		try (Stream<Path> sources = Files.list(Path.of("src/main/java/io/fdwork/descriptor"))) {
			assertThat(sources.toList()).hasSizeGreaterThan(10).allSatisfy((source) -> {
				String text = Files.readString(source);
				assertThat(text.contains("\n * @hidden\n")).as("@hidden, as @Internal, in %s", source)
					.isEqualTo(text.contains("\n@Internal\n"));
			});
		}
	}

	@Test
	void shouldNameNoInternalTypeInSignatures() {
		Set<String> named = new TreeSet<>();
		for (Class<?> type : types) {
			for (Type part : signature(type)) {
				mentioned(part).filter((other) -> other.getName().startsWith(BASE + "."))
					.filter((other) -> !types.contains(other))
					.forEach((other) -> named.add(name(type) + " names " + other.getName()));
			}
		}
		assertThat(named).isEmpty();
	}

	@Test
	void shouldNotBeEmpty() {
		assertThat(types).contains(Descriptor.class).hasSizeGreaterThan(30);
	}

	private static boolean isApi(JavaClass type) {
		if (type.getPackageName().startsWith(BASE + ".internal") || type.isAnonymousClass() || type.isLocalClass()) {
			return false;
		}
		if (type.isAnnotatedWith(BASE + ".descriptor.Internal")) {
			return false;
		}
		Class<?> reflected = type.reflect();
		boolean visible = Modifier.isPublic(reflected.getModifiers()) || Modifier.isProtected(reflected.getModifiers());
		return visible && type.getEnclosingClass().map(ApiTests::isApi).orElse(true);
	}

	private static List<String> actual() throws IOException {
		List<String> lines = new ArrayList<>();
		lines.add("# What users may touch, see ApiTests");
		String room = "";
		for (Class<?> type : types) {
			if (!type.getPackageName().equals(room)) {
				room = type.getPackageName();
				lines.add("");
				lines.add("## " + room);
			}
			lines.add(declaration(type));
			if (!type.isAnnotationPresent(ConfigurationProperties.class) && !room.endsWith(".autoconfigure")) {
				members(type).stream().sorted().map((member) -> "  " + member).forEach(lines::add);
			}
		}
		lines.add("");
		lines.add("## Properties");
		lines.addAll(properties());
		return lines;
	}

	private static Set<String> properties() throws IOException {
		JsonNode metadata = new JsonMapper()
			.readTree(Files.readString(Path.of("target/classes/META-INF/spring-configuration-metadata.json")));
		Set<String> properties = new TreeSet<>();
		for (JsonNode property : metadata.get("properties")) {
			properties.add(property.get("name").asString() + ": " + simple(property.get("type").asString()));
		}
		// Of what is in a list or a map the metadata says nothing
		addFields(properties, "fdwork.daemon.listeners[].", FdworkProperties.Listener.class);
		addFields(properties, "fdwork.daemon.queues.*.", FdworkProperties.Queue.class);
		return properties;
	}

	private static void addFields(Set<String> properties, String prefix, Class<?> type) {
		for (Field field : type.getDeclaredFields()) {
			properties.add(prefix + DataObjectPropertyName.toDashedForm(field.getName()) + ": "
					+ simple(field.getGenericType().getTypeName()));
		}
	}

	private static String declaration(Class<?> type) {
		String kind = (type.isAnnotation()) ? "@interface" : (type.isInterface()) ? "interface"
				: (type.isEnum()) ? "enum" : (type.isRecord()) ? "record" : "class";
		String modifiers = (type.isRecord() || type.isEnum() || type.isInterface()) ? ""
				: Modifier.toString(type.getModifiers() & (Modifier.ABSTRACT | Modifier.FINAL)) + " ";
		String components = (type.isRecord()) ? Arrays.stream(type.getRecordComponents())
			.map((component) -> simple(component.getGenericType().getTypeName()) + " " + component.getName())
			.collect(Collectors.joining(", ", "(", ")")) : "";
		Type parent = type.getGenericSuperclass();
		String parents = Stream
			.concat((parent == null || type.isRecord() || type.isEnum() || parent == Object.class) ? Stream.of()
					: Stream.of(parent), Arrays.stream(type.getGenericInterfaces()))
			.map((each) -> simple(each.getTypeName()))
			.collect(Collectors.joining(", "));
		String constants = (type.isEnum()) ? Arrays.stream(type.getEnumConstants())
			.map(String::valueOf)
			.collect(Collectors.joining(", ", " { ", " }")) : "";
		return (modifiers.stripLeading() + kind + " " + name(type) + components
				+ ((parents.isEmpty()) ? "" : " : " + parents) + constants);
	}

	private static Set<String> members(Class<?> type) {
		Set<String> members = new LinkedHashSet<>();
		for (Field field : type.getDeclaredFields()) {
			if (isVisible(field.getModifiers()) && !field.isEnumConstant()) {
				members.add(simple(field.getGenericType().getTypeName()) + " " + field.getName());
			}
		}
		if (!type.isRecord() && !type.isEnum()) {
			for (Constructor<?> constructor : type.getDeclaredConstructors()) {
				if (isVisible(constructor.getModifiers())) {
					members.add("new" + parameters(constructor.getGenericParameterTypes()));
				}
			}
		}
		for (Method method : type.getDeclaredMethods()) {
			if (isOwn(type, method)) {
				members.add((Modifier.isStatic(method.getModifiers()) ? "static " : "")
						+ simple(method.getGenericReturnType().getTypeName()) + " " + method.getName()
						+ parameters(method.getGenericParameterTypes()));
			}
		}
		return members;
	}

	private static boolean isOwn(Class<?> type, Method method) {
		if (!isVisible(method.getModifiers()) || method.isSynthetic() || method.isBridge()) {
			return false;
		}
		if (type.isEnum() && (method.getName().equals("values") || method.getName().equals("valueOf"))) {
			return false;
		}
		if (type.isRecord() && method.getParameterCount() == 0
				&& Arrays.stream(type.getRecordComponents()).anyMatch((each) -> each.getAccessor().equals(method))) {
			return false;
		}
		return !overrides(type.getSuperclass(), method)
				&& Arrays.stream(type.getInterfaces()).noneMatch((parent) -> overrides(parent, method));
	}

	private static boolean overrides(Class<?> parent, Method method) {
		if (parent == null) {
			return Arrays.stream(Object.class.getDeclaredMethods()).anyMatch((each) -> same(each, method));
		}
		return Arrays.stream(parent.getDeclaredMethods()).anyMatch((each) -> same(each, method))
				|| overrides(parent.getSuperclass(), method)
				|| Arrays.stream(parent.getInterfaces()).anyMatch((each) -> overrides(each, method));
	}

	private static boolean same(Method parent, Method method) {
		return parent.getName().equals(method.getName()) && parent.getParameterCount() == method.getParameterCount();
	}

	private static List<Type> signature(Class<?> type) {
		List<Type> parts = new ArrayList<>(Arrays.asList(type.getGenericInterfaces()));
		if (type.getGenericSuperclass() != null) {
			parts.add(type.getGenericSuperclass());
		}
		for (Field field : type.getDeclaredFields()) {
			if (isVisible(field.getModifiers())) {
				parts.add(field.getGenericType());
			}
		}
		for (Constructor<?> constructor : type.getDeclaredConstructors()) {
			if (isVisible(constructor.getModifiers())) {
				parts.addAll(Arrays.asList(constructor.getGenericParameterTypes()));
				parts.addAll(Arrays.asList(constructor.getGenericExceptionTypes()));
			}
		}
		for (Method method : type.getDeclaredMethods()) {
			if (isVisible(method.getModifiers()) && !method.isSynthetic()) {
				parts.add(method.getGenericReturnType());
				parts.addAll(Arrays.asList(method.getGenericParameterTypes()));
				parts.addAll(Arrays.asList(method.getGenericExceptionTypes()));
			}
		}
		return parts;
	}

	private static Stream<Class<?>> mentioned(Type type) {
		if (type instanceof Class<?> plain) {
			return Stream.of((plain.isArray()) ? plain.getComponentType() : plain);
		}
		if (type instanceof ParameterizedType parameterized) {
			return Stream.concat(mentioned(parameterized.getRawType()),
					Arrays.stream(parameterized.getActualTypeArguments()).flatMap(ApiTests::mentioned));
		}
		if (type instanceof WildcardType wildcard) {
			return Stream.concat(Arrays.stream(wildcard.getUpperBounds()), Arrays.stream(wildcard.getLowerBounds()))
				.flatMap(ApiTests::mentioned);
		}
		if (type instanceof TypeVariable<?> variable) {
			return Arrays.stream(variable.getBounds())
				.filter((bound) -> bound instanceof Class<?>)
				.map(Class.class::cast);
		}
		return Stream.of();
	}

	private static boolean isVisible(int modifiers) {
		return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
	}

	private static String parameters(Type[] types) {
		return Arrays.stream(types)
			.map((type) -> simple(type.getTypeName()))
			.collect(Collectors.joining(", ", "(", ")"));
	}

	private static String name(Class<?> type) {
		return type.getName().substring(type.getPackageName().length() + 1).replace('$', '.');
	}

	private static String simple(String name) {
		// Those of others in full: there is more than one SocketChannel
		return name.replaceAll("\\b(java|io\\.fdwork|org\\.springframework)\\.([a-z][a-z0-9_]*\\.)*", "")
			.replaceAll("\\w+\\$", "");
	}

}
