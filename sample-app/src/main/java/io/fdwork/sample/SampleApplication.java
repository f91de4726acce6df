package io.fdwork.sample;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * The same application in both roles: the daemon uses the listeners of the configuration,
 * a worker uses the pipeline.
 */
@SpringBootApplication(proxyBeanMethods = false)
@EnableConfigurationProperties({ SampleProperties.class, DirectProperties.class })
public class SampleApplication {

	/**
	 * Start the application.
	 * @param args {@code --fdwork.role=daemon} or {@code --fdwork.role=worker}
	 */
	public static void main(String[] args) {
		SpringApplication.run(SampleApplication.class, args);
	}

	@Bean
	HttpPipeline httpPipeline(SampleProperties properties, ObjectProvider<Journal> journal) {
		Journal own = journal.getIfAvailable();
		return new HttpPipeline(new Routes(properties.haltEnabled()), (own != null) ? new JournalHandler(own) : null);
	}

	@Bean
	@ConditionalOnProperty("sample.direct-port")
	DirectServer directServer(HttpPipeline pipeline, DirectProperties properties) {
		return new DirectServer(pipeline, properties);
	}

}
