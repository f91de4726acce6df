package io.fdwork.autoconfigure;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.ComponentScans;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Profile;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotation.Adapt;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.env.Environment;
import org.springframework.core.env.Profiles;
import org.springframework.core.io.ResourceLoader;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.core.type.MethodMetadata;
import org.springframework.core.type.classreading.CachingMetadataReaderFactory;
import org.springframework.core.type.classreading.MetadataReader;
import org.springframework.core.type.classreading.MetadataReaderFactory;
import org.springframework.stereotype.Component;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/**
 * Finds what an application marks for a role, without loading a class of it: where its
 * component scans lead, and what its configurations import and contain.
 */
final class MarkedClasses {

	private static final String MARK = ConditionalOnRole.class.getName();

	private static final String COMPONENT = Component.class.getName();

	private static final String SPRING = "org.springframework.";

	private final Role role;

	private final Environment environment;

	private final ResourceLoader resources;

	private final MetadataReaderFactory readers;

	private final Set<String> visited = new LinkedHashSet<>();

	private final Set<String> packages = new LinkedHashSet<>();

	private final Set<String> decided = new LinkedHashSet<>();

	private final Set<String> marked = new LinkedHashSet<>();

	private final List<String> markedMethods = new ArrayList<>();

	private final Map<String, String> unmarkedTypes = new LinkedHashMap<>();

	MarkedClasses(Role role, Environment environment, ResourceLoader resources) {
		this.role = role;
		this.environment = environment;
		this.resources = resources;
		this.readers = new CachingMetadataReaderFactory(resources);
	}

	/**
	 * Look at a class and where it leads.
	 * @param className a source of the application
	 */
	void visit(String className) {
		MetadataReader reader = (this.visited.add(className)) ? read(className) : null;
		if (reader == null) {
			return;
		}
		AnnotationMetadata metadata = reader.getAnnotationMetadata();
		inspect(metadata);
		if (!metadata.isAnnotated(MARK)) {
			Stream.of(metadata.getMemberClassNames()).forEach(this::visit);
		}
	}

	/**
	 * Return the names of the classes that are marked for the role, in their order.
	 */
	Set<String> marked() {
		return this.marked;
	}

	/**
	 * Return the bean methods that are marked in classes that are not.
	 */
	List<String> markedMethods() {
		return this.markedMethods;
	}

	/**
	 * Return the types of beans of which no mark says where they belong, each with one of
	 * the places where it is: the name of a class.
	 */
	Map<String, String> unmarkedTypes() {
		return this.unmarkedTypes;
	}

	private void inspect(AnnotationMetadata metadata) {
		if (metadata.isAnnotated(MARK)) {
			// What it leads to, Spring finds itself
			this.decided.add(metadata.getClassName());
			if (List.of(metadata.getAnnotations().get(ConditionalOnRole.class).getEnumArray("value", Role.class))
				.contains(this.role)) {
				this.marked.add(metadata.getClassName());
			}
			return;
		}
		if (!isOfActiveProfile(metadata.getAnnotations())) {
			return;
		}
		if (metadata.isAnnotated(COMPONENT)) {
			addTypes(metadata.getClassName(), metadata.getClassName());
		}
		for (MethodMetadata method : metadata.getAnnotatedMethods(Bean.class.getName())) {
			if (method.isAnnotated(MARK)) {
				this.markedMethods.add(metadata.getClassName() + "." + method.getMethodName());
			}
			else if (isOfActiveProfile(method.getAnnotations())) {
				addTypes(method.getReturnTypeName(), metadata.getClassName());
			}
		}
		String superclass = metadata.getSuperClassName();
		if (superclass != null && !superclass.startsWith("java.") && !superclass.startsWith(SPRING)) {
			// Its bean methods count, too
			visit(superclass);
		}
		metadata.getAnnotations()
			.stream(Import.class)
			.flatMap((imports) -> strings(imports, "value"))
			.filter((name) -> !name.startsWith(SPRING))
			.forEach((name) -> {
				visit(name);
				if (!this.decided.contains(name)) {
					addTypes(name, metadata.getClassName());
				}
			});
		componentScans(metadata.getAnnotations()).forEach((scan) -> scan(scan, metadata.getClassName()));
	}

	/**
	 * Add a type of a bean with what it is, as far as that is not a matter of Spring's.
	 */
	private void addTypes(String type, String where) {
		this.unmarkedTypes.putIfAbsent(type, where);
		MetadataReader reader = (!type.startsWith("java.") && !type.startsWith(SPRING)) ? read(type) : null;
		if (reader != null) {
			for (String superinterface : reader.getClassMetadata().getInterfaceNames()) {
				this.unmarkedTypes.putIfAbsent(superinterface, where);
			}
			String superclass = reader.getClassMetadata().getSuperClassName();
			if (superclass != null) {
				this.unmarkedTypes.putIfAbsent(superclass, where);
			}
		}
	}

	private boolean isOfActiveProfile(MergedAnnotations annotations) {
		return annotations.stream(Profile.class)
			.allMatch((profile) -> this.environment
				.acceptsProfiles(Profiles.of(profile.getStringArray(MergedAnnotation.VALUE))));
	}

	private void scan(MergedAnnotation<ComponentScan> scan, String declaringClass) {
		List<String> named = Stream.concat(
				strings(scan, "basePackages").flatMap((names) -> Stream
					.of(StringUtils.tokenizeToStringArray(this.environment.resolvePlaceholders(names), ",; \t\n"))),
				strings(scan, "basePackageClasses").map(ClassUtils::getPackageName))
			.toList();
		for (String basePackage : (named.isEmpty()) ? List.of(ClassUtils.getPackageName(declaringClass)) : named) {
			if (this.packages.add(basePackage)) {
				scan(basePackage);
			}
		}
	}

	private void scan(String basePackage) {
		ClassPathScanningCandidateComponentProvider scanner = new ClassPathScanningCandidateComponentProvider(false,
				this.environment);
		scanner.setResourceLoader(this.resources);
		scanner.addIncludeFilter((reader, factory) -> {
			if (this.visited.add(reader.getClassMetadata().getClassName())
					&& reader.getAnnotationMetadata().isAnnotated(COMPONENT)) {
				inspect(reader.getAnnotationMetadata());
			}
			return false;
		});
		scanner.findCandidateComponents(basePackage);
	}

	private @Nullable MetadataReader read(String className) {
		try {
			return this.readers.getMetadataReader(className);
		}
		catch (IOException ex) {
			// What Spring cannot read either, it complains about in a worker
			return null;
		}
	}

	private static Stream<MergedAnnotation<ComponentScan>> componentScans(MergedAnnotations annotations) {
		return Stream.concat(annotations.stream(ComponentScan.class), annotations.stream(ComponentScans.class)
			.flatMap((scans) -> Arrays.stream(scans.getAnnotationArray("value", ComponentScan.class))));
	}

	private static Stream<String> strings(MergedAnnotation<?> annotation, String attribute) {
		return Stream.of(annotation.asAnnotationAttributes(Adapt.CLASS_TO_STRING).getStringArray(attribute));
	}

}
