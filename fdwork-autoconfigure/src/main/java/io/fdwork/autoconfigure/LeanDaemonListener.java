package io.fdwork.autoconfigure;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aot.AotDetector;
import org.springframework.beans.factory.annotation.AnnotatedGenericBeanDefinition;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanNameGenerator;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotatedBeanDefinitionReader;
import org.springframework.context.annotation.AnnotationConfigUtils;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotation.Adapt;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.util.ClassUtils;

/**
 * Takes the application out of a lean daemon, before any configuration class of it is
 * processed: what it registers by its annotations would want beans that are not there. In
 * its place comes {@link LeanConfiguration}, and what is marked.
 * <p>
 * Contexts without auto-configuration, such as a parent of that of the application, are
 * left as they are.
 */
class LeanDaemonListener implements ApplicationListener<ApplicationPreparedEvent> {

	private static final Logger logger = LoggerFactory.getLogger(LeanDaemonListener.class);

	private static final String OF_SPRING = "org.springframework.context.";

	@Override
	public void onApplicationEvent(ApplicationPreparedEvent event) {
		ConfigurableApplicationContext context = event.getApplicationContext();
		if (!(context instanceof BeanDefinitionRegistry registry) || !LeanDaemon.isWanted(context.getEnvironment())) {
			return;
		}
		if (AotDetector.useGeneratedArtifacts()) {
			if (!LeanDaemon.is(context.getBeanFactory())) {
				throw LeanDaemonException.processedAheadOfTime();
			}
			return;
		}
		List<Class<?>> sources = sources(event.getSpringApplication(), context.getClassLoader());
		if (sources.stream().anyMatch(LeanDaemonListener::isAutoConfigured)) {
			replace(context, registry, sources);
		}
	}

	private static List<Class<?>> sources(SpringApplication application, @Nullable ClassLoader classLoader) {
		return application.getAllSources().stream().<Class<?>>flatMap((source) -> {
			if (source instanceof CharSequence name && ClassUtils.isPresent(name.toString(), classLoader)) {
				return Stream.of(ClassUtils.resolveClassName(name.toString(), classLoader));
			}
			return (source instanceof Class<?> type) ? Stream.of(type) : Stream.empty();
		}).toList();
	}

	private static boolean isAutoConfigured(Class<?> source) {
		return annotations(source).isPresent(EnableAutoConfiguration.class);
	}

	private static MergedAnnotations annotations(Class<?> source) {
		return MergedAnnotations.from(source, MergedAnnotations.SearchStrategy.TYPE_HIERARCHY);
	}

	private static void replace(ConfigurableApplicationContext context, BeanDefinitionRegistry registry,
			List<Class<?>> sources) {
		MarkedClasses classes = new MarkedClasses(Role.DAEMON, context.getEnvironment(), context);
		Set<String> exclusions = new LinkedHashSet<>();
		for (Class<?> source : sources) {
			classes.visit(source.getName());
			MergedAnnotation<?> annotation = annotations(source).get(EnableAutoConfiguration.class);
			if (annotation.isPresent()) {
				for (String attribute : List.of("exclude", "excludeName")) {
					exclusions.addAll(List
						.of(annotation.asAnnotationAttributes(Adapt.CLASS_TO_STRING).getStringArray(attribute)));
				}
			}
		}
		if (!classes.markedMethods().isEmpty()) {
			throw LeanDaemonException.markedMethods(classes.markedMethods());
		}
		LeanDaemon lean = new LeanDaemon(exclusions, classes.unmarkedTypes());
		lean.requireMarks();
		for (String name : registry.getBeanDefinitionNames()) {
			if (!isOfSpring(name, registry.getBeanDefinition(name))) {
				registry.removeBeanDefinition(name);
			}
		}
		AnnotatedGenericBeanDefinition definition = new AnnotatedGenericBeanDefinition(LeanConfiguration.class);
		lean.keepIn(definition);
		registry.registerBeanDefinition(LeanConfiguration.BEAN_NAME, definition);
		AnnotatedBeanDefinitionReader reader = new AnnotatedBeanDefinitionReader(registry, context.getEnvironment());
		if (context.getBeanFactory()
			.getSingleton(AnnotationConfigUtils.CONFIGURATION_BEAN_NAME_GENERATOR) instanceof BeanNameGenerator names) {
			reader.setBeanNameGenerator(names);
		}
		for (String marked : classes.marked()) {
			reader.registerBean(ClassUtils.resolveClassName(marked, context.getClassLoader()));
		}
		logger.info("This daemon is lean: of the application it has what is marked for it, {}",
				(classes.marked().isEmpty()) ? "which is nothing" : classes.marked());
	}

	/**
	 * Of Spring are those that each context has from its beginning.
	 */
	private static boolean isOfSpring(String name, BeanDefinition definition) {
		return name.startsWith(OF_SPRING) && definition.getRole() == BeanDefinition.ROLE_INFRASTRUCTURE;
	}

}
