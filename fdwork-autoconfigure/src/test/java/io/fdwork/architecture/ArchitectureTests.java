package io.fdwork.architecture;

import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.Temporal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.tngtech.archunit.base.DescribedPredicate;
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
 * Tests of the architecture: see the table of packages in the documentation, which is
 * {@code packages.csv}.
 */
class ArchitectureTests {

	private static final String BASE = "io.fdwork";

	/**
	 * Which packages each imports. One that is not listed there is not known, which is a
	 * failure too.
	 */
	private static final Path TABLE = Path.of("packages.csv");

	private static final String ALL = "(all)";

	private static final Path SOURCES = Path.of("src/main/java");

	private static final JavaClasses classes = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages(BASE);

	@Test
	void shouldHaveNoCyclesBetweenPackages() {
		slices().assignedFrom(new ByPackage()).should().beFreeOfCycles().check(classes);
	}

	@Test
	void shouldImportAlongTheTableOnly() throws IOException {
		Map<String, Set<String>> table = table();
		Map<String, Set<String>> surplus = new TreeMap<>();
		for (JavaClass type : classes) {
			String from = room(type);
			Set<String> allowed = table.get(from);
			assertThat(allowed).as("the imports that package '%s' may have, in %s", from, TABLE).isNotNull();
			imports(type).filter((target) -> !allowed.contains(ALL) && !allowed.contains(room(target)))
				.forEach((target) -> surplus.computeIfAbsent(from + " -> " + room(target), (edge) -> new TreeSet<>())
					.add(type.getName() + " -> " + target.getName()));
		}
		assertThat(surplus).isEmpty();
	}

	@Test
	void shouldListInTheTableWhatIsImportedOnly() throws IOException {
		Map<String, Set<String>> missing = table();
		for (JavaClass type : classes) {
			Set<String> listed = missing.get(room(type));
			listed.remove(ALL);
			imports(type).map(ArchitectureTests::room).forEach(listed::remove);
			// The compiler copies constants, so their
			// classes are seen in the source alone
			if (type.getEnclosingClass().isEmpty() && !listed.isEmpty()) {
				String source = Files.readString(SOURCES.resolve(type.getName().replace('.', '/') + ".java"));
				listed.removeIf((name) -> source.contains("import " + BASE + "." + name + "."));
			}
		}
		missing.values().removeIf(Set::isEmpty);
		assertThat(missing).as("imports that %s lists and nobody needs", TABLE).isEmpty();
		assertThat(table().keySet()).as("packages of %s", TABLE)
			.isEqualTo(classes.stream().map(ArchitectureTests::room).collect(Collectors.toSet()));
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
		noClasses().that()
			.doNotHaveFullyQualifiedName(BASE + ".internal.output.StandardOutput")
			.should()
			.accessField(System.class, "out")
			.orShould()
			.accessField(System.class, "err")
			.check(classes);
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

	/**
	 * An instant is for people: whoever sets the clock changes what is between two of
	 * them, and when a process seems to have begun.
	 */
	@Test
	void shouldMeasureNothingByClockThatCanBeSet() {
		noClasses().should()
			.callMethod(System.class, "currentTimeMillis")
			.orShould()
			.callMethod(Instant.class, "toEpochMilli")
			.orShould()
			.callMethod(Duration.class, "between", Temporal.class, Temporal.class)
			.orShould()
			.callMethod(ProcessHandle.Info.class, "startInstant")
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
		assertThat(publicCodeUnits()
			.filter((unit) -> signature(unit).anyMatch((type) -> type.isAssignableTo(FileDescriptor.class)
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
			.map((unit) -> unit.getOwner().getSimpleName() + "." + unit.getName()))
			.containsOnly("InheritedDescriptors.take", "TcpListener.bind", "TcpListener.startOnData",
					"ReadinessSet.<init>", "ReadinessSet.shed", "UnixStreamListener.bind", "SendingEnd.bufferSize",
					"SendingEnd.requestBufferSize", "TcpListener.setBacklog", "UnixStream.allowDescriptors",
					"Received.<init>", "Received.length", "UnixStream.read", "TcpConnection.<init>",
					"TcpConnection.after", "TcpConnection.requests", "TcpSockets.waiting", "TcpListener.waiting",
					"SharedListener.of", "TcpConnection.read", "ByteTotals.<init>", "ByteTotals.unread");
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

	private static Map<String, Set<String>> table() throws IOException {
		Map<String, Set<String>> table = new TreeMap<>();
		Files.readAllLines(TABLE).stream().skip(1).map((line) -> line.split(";", -1)).forEach((columns) -> {
			assertThat(columns).as("columns of a line of %s", TABLE).hasSize(3);
			table.put(columns[0],
					Arrays.stream(columns[2].split(", "))
						.filter((name) -> !name.isEmpty())
						.collect(Collectors.toCollection(TreeSet::new)));
		});
		return table;
	}

	private static Stream<JavaClass> imports(JavaClass type) {
		return type.getDirectDependenciesFromSelf()
			.stream()
			.map((dependency) -> dependency.getTargetClass().getBaseComponentType())
			.filter((target) -> isOurs(target) && !room(target).equals(room(type)));
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
		return (type.getPackageName().equals(BASE)) ? "(base)" : type.getPackageName().substring(BASE.length() + 1);
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
