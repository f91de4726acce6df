package io.fdwork.autoconfigure.shop;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * What an ordinary application has, as if it wanted a database: none of it can be
 * created.
 */
final class UnmarkedBeans {

	private UnmarkedBeans() {
	}

	private static IllegalStateException unwanted(String what) {
		ShopApplication.created(what);
		return new IllegalStateException("The database is away");
	}

	@Component
	static class Repository {

		Repository() {
			throw unwanted("repository");
		}

		@Scheduled(fixedRate = 1)
		void poll() {
			throw unwanted("schedule");
		}

		@EventListener
		void on(ContextRefreshedEvent event) {
			throw unwanted("listener");
		}

	}

	@Component
	static class Lifecycle implements SmartLifecycle {

		Lifecycle() {
			throw unwanted("lifecycle");
		}

		@Override
		public void start() {
			throw unwanted("started lifecycle");
		}

		@Override
		public void stop() {
		}

		@Override
		public boolean isRunning() {
			return false;
		}

	}

	@Component
	static class Processor implements BeanPostProcessor {

		Processor() {
			throw unwanted("bean post processor");
		}

	}

	@Configuration
	static class PoolConfiguration {

		PoolConfiguration() {
			throw unwanted("configuration");
		}

		@Bean
		static BeanFactoryPostProcessor migration() {
			throw unwanted("bean factory post processor");
		}

	}

}
