package io.fdwork.autoconfigure.shop;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.info.ProjectInfoAutoConfiguration;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.Bean;
import org.springframework.scheduling.annotation.EnableScheduling;

/**
 * What is created of it, or run, tells so.
 */
@SpringBootApplication(exclude = ProjectInfoAutoConfiguration.class)
@EnableCaching
@EnableScheduling
public class ShopApplication {

	/**
	 * What was created, in its order.
	 */
	public static final List<String> CREATED = new CopyOnWriteArrayList<>();

	ShopApplication() {
		created("application");
	}

	static void created(String what) {
		CREATED.add(what);
	}

	@Bean
	ApplicationRunner unmarkedRunner() {
		created("runner");
		return (arguments) -> {
		};
	}

}
