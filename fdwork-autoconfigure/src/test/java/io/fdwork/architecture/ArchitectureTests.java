package io.fdwork.architecture;

import java.io.FileDescriptor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.fdwork.descriptor.ConnectionChannelConfig;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the architecture: see the table of rooms in the documentation.
 */
class ArchitectureTests {

	private static final String BASE = "io.fdwork";

	/**
	 * Which packages each may import. One that is not listed here is not known, which is a
	 * failure too.
	 */
	private static final Map<String, Set<String>> ALLOWED = Map.ofEntries(entry("descriptor"), entry("", "descriptor"),
			entry("worker"), entry("daemon"), entry("fleet"), entry("serve", ""),
			entry("serve.http", "descriptor", "serve", "internal.home"), entry("integration"),
			entry("integration.event", "", "fleet", "worker"),
			entry("integration.inbound", "", "integration", "integration.event", "internal.queue"),
			entry("integration.outbound", "", "integration"),
			entry("integration.dsl", "", "integration.inbound", "integration.outbound"),
			entry("internal.wire", "", "descriptor", "worker"),
			entry("internal.queue", "", "descriptor", "internal.wire"), entry("internal.systemd", "", "descriptor"),
			entry("internal.integration"),
			entry("internal.daemon", "", "descriptor", "daemon", "worker", "internal.wire", "internal.queue",
					"internal.systemd"),
			entry("internal.worker", "", "descriptor", "worker", "internal.wire", "internal.queue"),
			entry("internal.home", "", "descriptor", "serve", "internal.worker"),
			entry("internal.serve", "", "descriptor", "serve", "internal.home", "internal.queue", "internal.worker"),
			entry("internal.serve.reactor", "", "descriptor", "serve", "serve.http", "internal.home", "internal.serve",
					"internal.worker"),
			entry("internal.serve.tomcat", "", "internal.home", "internal.serve"),
			entry("internal.serve.jetty", "", "internal.home", "internal.serve"),
			entry("internal.archive"),
			entry("internal.fleet", "", "fleet", "worker", "internal.archive", "internal.daemon", "internal.queue",
					"internal.systemd", "internal.wire"),
			entry("internal.metrics", "", "fleet", "worker", "internal.daemon", "internal.fleet", "internal.worker",
					"internal.queue", "internal.wire"),
			entry("internal.health", "fleet", "worker", "integration.event", "internal.daemon", "internal.fleet",
					"internal.worker", "internal.wire"),
			entry("internal.actuate", "", "fleet", "worker", "internal.daemon", "internal.fleet", "internal.worker",
					"internal.queue", "internal.wire"));

	private static final JavaClasses classes = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages(BASE);

	@Test
	void shouldHaveNoCyclesBetweenPackages() {
		slices().assignedFrom(new ByPackage()).should().beFreeOfCycles().check(classes);
	}

	@Test
	void shouldImportAlongTheTableOnly() {
		Map<String, Set<String>> surplus = new TreeMap<>();
		for (JavaClass type : classes) {
			String from = room(type);
			if (from.equals("autoconfigure")) {
				continue;
			}
			Set<String> allowed = ALLOWED.get(from);
			assertThat(allowed).as("the imports that package '%s' may have", from).isNotNull();
			for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
				JavaClass target = dependency.getTargetClass().getBaseComponentType();
				if (isOurs(target) && !room(target).equals(from) && !allowed.contains(room(target))) {
					surplus.computeIfAbsent(from + " -> " + room(target), (edge) -> new TreeSet<>())
						.add(type.getName() + " -> " + target.getName());
				}
			}
		}
		assertThat(surplus).isEmpty();
	}

	@Test
	void shouldImportNativeLibrariesInOnePackageOnly() {
		noClasses().that()
			.resideOutsideOfPackage(BASE + ".descriptor")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("org.newsclub..", "io.netty.channel.unix..")
			.orShould()
			.dependOnClassesThat()
			.areAssignableTo(FileDescriptor.class)
			.check(classes);
	}

	@Test
	void shouldNotWriteToTheConsole() {
		noClasses().should().accessField(System.class, "out").orShould().accessField(System.class, "err").check(classes);
		noClasses().should()
			.callMethodWhere(DescribedPredicate.describe("printStackTrace()",
					(call) -> call.getTarget().getName().equals("printStackTrace")))
			.check(classes);
	}

	@Test
	void shouldNotSleep() {
		noClasses().should()
			.callMethodWhere(DescribedPredicate.describe("Thread.sleep()",
					(call) -> call.getTargetOwner().isEquivalentTo(Thread.class)
							&& call.getTarget().getName().equals("sleep")))
			.check(classes);
	}

	@Test
	void shouldMarkEachPackageAsNullMarked() {
		Set<String> packages = classes.stream()
			.map(JavaClass::getPackageName)
			.collect(Collectors.toCollection(TreeSet::new));
		assertThat(packages).hasSizeGreaterThan(10).allSatisfy((name) -> {
			Class<?> info = Class.forName(name + ".package-info");
			assertThat(info.isAnnotationPresent(NullMarked.class)).as(name).isTrue();
		});
	}

	@Test
	void shouldExposeNoFileDescriptor() {
		assertThat(publicCodeUnits().filter((unit) -> signature(unit)
			.anyMatch((type) -> type.isAssignableTo(FileDescriptor.class)
					|| type.isAssignableTo(io.netty.channel.unix.FileDescriptor.class)
					|| type.getName().startsWith("org.newsclub.")))
			.map(JavaCodeUnit::getFullName)).isEmpty();
	}

	/**
	 * An int in the signature of this package may be a descriptor. These are not, all of
	 * them were looked at.
	 */
	@Test
	void shouldExposeNoNumberOfDescriptor() {
		assertThat(publicCodeUnits().filter((unit) -> unit.getOwner().getPackageName().equals(BASE + ".descriptor"))
			.filter((unit) -> signature(unit).anyMatch((type) -> type.isEquivalentTo(int.class)))
			.filter((unit) -> !unit.getName().equals("hashCode"))
			.filter((unit) -> !unit.getOwner().isEquivalentTo(ConnectionChannelConfig.class))
			.map((unit) -> unit.getOwner().getSimpleName() + "." + unit.getName())).containsOnly("InheritedDescriptors.take",
					"TcpListener.bind", "TcpListener.startOnData", "ReadinessSet.<init>",
					"UnixStreamListener.bind", "SendingEnd.bufferSize", "SendingEnd.requestBufferSize",
					"TcpListener.setBacklog", "UnixStream.allowDescriptors",
					"Received.<init>", "Received.length", "UnixStream.read");
	}

	@Test
	void shouldHaveAutoConfigurationsThatAreFinal() {
		List<JavaClass> autoConfigurations = classes.stream()
			.filter((type) -> type.getSimpleName().endsWith("AutoConfiguration"))
			.toList();
		assertThat(autoConfigurations).hasSizeGreaterThanOrEqualTo(5)
			.allMatch((type) -> type.getModifiers().containsAll(Set.of(JavaModifier.PUBLIC, JavaModifier.FINAL)));
		assertThat(autoConfigurations.stream()
			.flatMap((type) -> type.getMethods().stream())
			.filter((method) -> method.isAnnotatedWith("org.springframework.context.annotation.Bean")))
			.noneMatch((method) -> method.getModifiers().contains(JavaModifier.PUBLIC));
	}

	private static Map.Entry<String, Set<String>> entry(String room, String... imports) {
		return Map.entry(room, Set.of(imports));
	}

	private static Stream<JavaCodeUnit> publicCodeUnits() {
		return classes.stream()
			.filter(ArchitectureTests::isPublic)
			.flatMap((type) -> type.getCodeUnits().stream())
			.filter((unit) -> unit.getModifiers().contains(JavaModifier.PUBLIC)
					|| unit.getModifiers().contains(JavaModifier.PROTECTED));
	}

	private static boolean isPublic(JavaClass type) {
		return type.getModifiers().contains(JavaModifier.PUBLIC)
				&& type.getEnclosingClass().map(ArchitectureTests::isPublic).orElse(true);
	}

	private static Stream<JavaClass> signature(JavaCodeUnit unit) {
		return Stream.concat(Stream.of(unit.getRawReturnType()), unit.getRawParameterTypes().stream())
			.map(JavaClass::getBaseComponentType);
	}

	private static boolean isOurs(JavaClass type) {
		return type.getPackageName().equals(BASE) || type.getPackageName().startsWith(BASE + ".");
	}

	private static String room(JavaClass type) {
		return Arrays.stream(type.getPackageName().split("\\.")).skip(2).collect(Collectors.joining("."));
	}

	/**
	 * Each package is a slice of its own.
	 */
	private static final class ByPackage implements SliceAssignment {

		@Override
		public SliceIdentifier getIdentifierOf(JavaClass type) {
			return (isOurs(type)) ? SliceIdentifier.of(type.getPackageName()) : SliceIdentifier.ignore();
		}

		@Override
		public String getDescription() {
			return "packages";
		}

	}

}
