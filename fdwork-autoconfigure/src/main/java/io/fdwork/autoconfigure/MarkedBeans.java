package io.fdwork.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Excludes beans that are marked with {@link ConditionalOnRole} from lazy initialization.
 */
final class MarkedBeans implements LazyInitializationExcludeFilter {

	@Override
	public boolean isExcluded(String beanName, BeanDefinition definition, Class<?> type) {
		return MergedAnnotations.from(type).isPresent(ConditionalOnRole.class)
				|| (definition instanceof AnnotatedBeanDefinition annotated
						&& (isMarked(annotated.getMetadata()) || isMarked(annotated.getFactoryMethodMetadata())));
	}

	private static boolean isMarked(@Nullable AnnotatedTypeMetadata metadata) {
		return metadata != null && metadata.isAnnotated(ConditionalOnRole.class.getName());
	}

}
