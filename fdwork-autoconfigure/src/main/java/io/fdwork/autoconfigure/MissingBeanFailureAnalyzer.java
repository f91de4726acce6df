package io.fdwork.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.UnsatisfiedDependencyException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;

/**
 * Says why a bean that the application defines is not there in a lean daemon.
 */
class MissingBeanFailureAnalyzer extends AbstractFailureAnalyzer<NoSuchBeanDefinitionException> implements Ordered {

	private final @Nullable BeanFactory beanFactory;

	MissingBeanFailureAnalyzer(@Nullable BeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, NoSuchBeanDefinitionException cause) {
		if (cause instanceof NoUniqueBeanDefinitionException || !LeanDaemon.is(this.beanFactory)) {
			return null;
		}
		UnsatisfiedDependencyException unsatisfied = findCause(rootFailure, UnsatisfiedDependencyException.class);
		String who = (unsatisfied != null && unsatisfied.getBeanName() != null)
				? "The bean '" + unsatisfied.getBeanName() + "'" : "This daemon";
		String what = (cause.getResolvableType() != null) ? "of type " + cause.getResolvableType()
				: "named '" + cause.getBeanName() + "'";
		return new FailureAnalysis(
				who + " needs a bean " + what
						+ ", which is not there: this daemon is lean, so it has of the application, and of its "
						+ "auto-configurations, only what it needs itself and what is marked.",
				"Mark the class that defines it with @ConditionalOnRole for the daemon too, take the mark from the one "
						+ "that needs it, or set " + LeanDaemon.PROPERTY
						+ "=full, then the daemon creates all beans of the application.",
				cause);
	}

	/**
	 * Comes before that of Boot, which advises to define what is defined.
	 */
	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

}
