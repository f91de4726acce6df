package io.fdwork.autoconfigure;

import io.fdwork.integration.event.WorkerDrainingEvent;
import io.fdwork.internal.worker.Election;
import io.fdwork.internal.worker.Worker;
import io.fdwork.worker.LeaderOnly;
import io.fdwork.worker.Leadership;
import io.fdwork.worker.WorkerOptions;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.context.LifecycleProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;

/**
 * Who is the leader, in every role: code that asks runs the same with and without a
 * fleet.
 */
@Configuration(proxyBeanMethods = false)
class LeadershipConfiguration {

	/**
	 * Makes {@link LeaderOnly} work.
	 */
	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static LeaderOnlyPostProcessor fdworkLeaderOnlyPostProcessor(ObjectProvider<Leadership> leadership,
			Environment environment) {
		// As Boot does for proxies of its own
		return new LeaderOnlyPostProcessor(leadership::getObject,
				environment.getProperty("spring.aop.proxy-target-class", Boolean.class, true));
	}

	/**
	 * The leader of a fleet.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnRole(io.fdwork.autoconfigure.Role.WORKER)
	@ConditionalOnMissingBean(Leadership.class)
	@EnableConfigurationProperties(LifecycleProperties.class)
	static class WorkerLeadershipConfiguration {

		@Bean(destroyMethod = "resign")
		Election fdworkLeadership(Worker worker, WorkerOptions options, ApplicationEventPublisher events) {
			return new Election(options.getDirectory(), worker::mayLead, new LeaderEvents(events));
		}

		/**
		 * Stands as long as the worker gets works: what the leader does may need the
		 * whole application.
		 */
		@Bean
		RoleLifecycle fdworkLeadershipLifecycle(Election election, LifecycleProperties lifecycle) {
			return new RoleLifecycle(election::start, (timeout) -> election.resign(),
					lifecycle.getTimeoutPerShutdownPhase());
		}

		@Bean
		ApplicationListener<WorkerDrainingEvent> fdworkLeadershipDrainer(Election election) {
			return (event) -> election.resign();
		}

	}

	/**
	 * A process that is alone is the leader.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnRole(io.fdwork.autoconfigure.Role.NONE)
	@ConditionalOnMissingBean(Leadership.class)
	@EnableConfigurationProperties(LifecycleProperties.class)
	static class SoleLeadershipConfiguration {

		@Bean
		Leadership fdworkLeadership() {
			return new FixedLeadership(true);
		}

		@Bean
		RoleLifecycle fdworkLeadershipLifecycle(ApplicationEventPublisher events, LifecycleProperties lifecycle) {
			LeaderEvents published = new LeaderEvents(events);
			return new RoleLifecycle(() -> published.accept(true), (timeout) -> published.accept(false),
					lifecycle.getTimeoutPerShutdownPhase());
		}

	}

	/**
	 * A daemon leads nothing.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnRole(io.fdwork.autoconfigure.Role.DAEMON)
	@ConditionalOnMissingBean(Leadership.class)
	static class DaemonLeadershipConfiguration {

		@Bean
		Leadership fdworkLeadership() {
			return new FixedLeadership(false);
		}

	}

	private record FixedLeadership(boolean isLeader) implements Leadership {

		@Override
		public boolean runIfLeader(Runnable task) {
			if (this.isLeader) {
				task.run();
			}
			return this.isLeader;
		}

	}

}
