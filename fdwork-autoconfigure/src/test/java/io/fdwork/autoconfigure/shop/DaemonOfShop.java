package io.fdwork.autoconfigure.shop;

import io.fdwork.autoconfigure.ConditionalOnRole;
import io.fdwork.autoconfigure.Role;
import io.fdwork.daemon.DaemonCustomizer;

import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * What the shop wants in its daemon.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnRole(Role.DAEMON)
class DaemonOfShop {

	@Bean
	DaemonCustomizer markedCustomizer() {
		ShopApplication.created("marked customizer");
		return (options) -> options.setMaxWorkers(7);
	}

	@Bean
	Object markedObject() {
		ShopApplication.created("marked object");
		return new Object();
	}

	@Bean
	@ConditionalOnProperty("shop.runner")
	ApplicationRunner markedRunner() {
		return (arguments) -> ShopApplication.created("marked runner");
	}

	/**
	 * A component that is marked.
	 */
	@Component
	@ConditionalOnRole({ Role.DAEMON, Role.NONE })
	static class MarkedComponent {

		@EventListener
		void on(ContextRefreshedEvent event) {
			if (event.getApplicationContext().getParent() == null) {
				ShopApplication.created("marked listener");
			}
		}

	}

	/**
	 * A component of workers.
	 */
	@Component
	@ConditionalOnRole(Role.WORKER)
	static class OfWorkers {

		OfWorkers() {
			ShopApplication.created("of workers");
		}

	}

	/**
	 * A component that wants what is not there.
	 */
	@Component
	@ConditionalOnRole(Role.DAEMON)
	@ConditionalOnProperty("shop.wants")
	static class Wanting {

		Wanting(UnmarkedBeans.Repository repository) {
		}

	}

}
