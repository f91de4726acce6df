package io.fdwork.autoconfigure;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.AutoConfigurationImportSelector;
import org.springframework.core.annotation.AnnotationAttributes;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.core.type.classreading.MetadataReaderFactory;

/**
 * Chooses the auto-configurations of a lean daemon: those of fdwork, of the actuator and
 * of what the two need, and others that are marked.
 */
class LeanImportSelector extends AutoConfigurationImportSelector {

	private static final String BOOT = "org.springframework.boot.";

	/**
	 * What of Boot a daemon needs.
	 */
	private static final List<String> MODULES = List.of("actuate.", "autoconfigure.availability.",
			"autoconfigure.context.", "autoconfigure.info.", "autoconfigure.jmx.", "autoconfigure.ssl.",
			"autoconfigure.task.", "health.", "http.codec.", "http.converter.", "integration.", "jackson.",
			"micrometer.", "netty.", "opentelemetry.", "reactor.autoconfigure.", "security.",
			"webmvc.autoconfigure.DispatcherServlet", "webmvc.autoconfigure.error.", "zipkin.");

	/**
	 * What modules of web servers and frameworks have for the management server.
	 */
	private static final String OF_MANAGEMENT = ".autoconfigure.actuate.";

	private static final List<String> WEB_MODULES = List.of("jersey", "jetty", "reactor.netty", "servlet", "tomcat",
			"webflux", "webmvc");

	@Override
	protected List<String> getCandidateConfigurations(AnnotationMetadata metadata,
			@Nullable AnnotationAttributes attributes) {
		MetadataReaderFactory readers = MetadataReaderFactory.create(getResourceLoader());
		// With them, so that the beans of the application come first
		return Stream
			.concat(super.getCandidateConfigurations(metadata, attributes).stream()
				.filter((name) -> isNeeded(name) || isMarked(name, readers)),
					Stream.of(LeanSecurityConfiguration.class.getName()))
			.toList();
	}

	static boolean isNeeded(String name) {
		if (!name.startsWith(BOOT)) {
			return name.startsWith("io.fdwork.autoconfigure.");
		}
		String rest = name.substring(BOOT.length());
		return MODULES.stream().anyMatch(rest::startsWith)
				|| WEB_MODULES.stream().anyMatch((module) -> rest.startsWith(module + OF_MANAGEMENT));
	}

	private boolean isMarked(String name, MetadataReaderFactory readers) {
		if (name.startsWith(BOOT)) {
			return false;
		}
		try {
			return readers.getMetadataReader(name)
				.getAnnotationMetadata()
				.isAnnotated(ConditionalOnRole.class.getName());
		}
		catch (IOException ex) {
			return false;
		}
	}

	/**
	 * Return what the application excludes.
	 */
	@Override
	protected AnnotationAttributes getAttributes(AnnotationMetadata metadata) {
		AnnotationAttributes attributes = new AnnotationAttributes();
		attributes.put("exclude", LeanDaemon.of(getBeanFactory()).exclusions().toArray(String[]::new));
		attributes.put("excludeName", new String[0]);
		return attributes;
	}

	/**
	 * What is excluded may be what a lean daemon does not have anyway.
	 */
	@Override
	protected void handleInvalidExcludes(List<String> invalidExcludes) {
	}

}
