package io.fdwork.autoconfigure;

import java.lang.reflect.Method;
import java.util.function.Supplier;

import io.fdwork.worker.LeaderOnly;
import io.fdwork.worker.Leadership;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.autoproxy.AbstractBeanFactoryAwareAdvisingPostProcessor;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;

/**
 * Makes methods with {@link LeaderOnly} run in the leader only.
 */
final class LeaderOnlyPostProcessor extends AbstractBeanFactoryAwareAdvisingPostProcessor {

	/**
	 * Create a post-processor.
	 * @param leadership knows who is the leader, asked for when a method is called
	 * @param proxyTargetClass whether proxies are of the class of the bean
	 */
	LeaderOnlyPostProcessor(Supplier<Leadership> leadership, boolean proxyTargetClass) {
		setProxyTargetClass(proxyTargetClass);
		this.advisor = new DefaultPointcutAdvisor(new LeaderOnlyPointcut(), new LeaderOnlyInterceptor(leadership));
		// Nothing else is begun for a call that does nothing: no transaction, no thread
		setBeforeExistingAdvisors(true);
		// Before the methods are scheduled
		setOrder(Ordered.LOWEST_PRECEDENCE - 1);
	}

	private static final class LeaderOnlyPointcut extends StaticMethodMatcherPointcut {

		LeaderOnlyPointcut() {
			// Each method of each bean is looked at otherwise, at the start
			setClassFilter((type) -> !type.getName().startsWith("org.springframework.")
					&& AnnotationUtils.isCandidateClass(type, LeaderOnly.class));
		}

		@Override
		public boolean matches(Method method, Class<?> targetClass) {
			boolean nothing = method.getReturnType() == void.class;
			if (!AnnotatedElementUtils.hasAnnotation(method, LeaderOnly.class)) {
				return nothing && method.getDeclaringClass() != Object.class
						&& AnnotatedElementUtils.hasAnnotation(targetClass, LeaderOnly.class);
			}
			if (!nothing) {
				throw new IllegalStateException("A method with @LeaderOnly must return nothing, as it may not run, but "
						+ method + " returns something. Ask Leadership.isLeader() in it instead");
			}
			return true;
		}

	}

	private record LeaderOnlyInterceptor(Supplier<Leadership> leadership) implements MethodInterceptor {

		@Override
		public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
			Throwable[] failure = new Throwable[1];
			this.leadership.get().runIfLeader(() -> {
				try {
					invocation.proceed();
				}
				catch (Throwable ex) {
					failure[0] = ex;
				}
			});
			if (failure[0] != null) {
				throw failure[0];
			}
			return null;
		}

	}

}
