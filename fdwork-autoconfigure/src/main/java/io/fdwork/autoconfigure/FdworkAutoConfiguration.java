package io.fdwork.autoconfigure;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.integration.autoconfigure.IntegrationAutoConfiguration;
import org.springframework.context.annotation.Import;
import org.springframework.integration.config.EnableIntegration;

/**
 * Auto-configuration of the daemon or the worker, as the property {@code fdwork.role}
 * says.
 */
@AutoConfiguration(after = IntegrationAutoConfiguration.class)
@ConditionalOnClass(EnableIntegration.class)
@EnableConfigurationProperties(FdworkProperties.class)
@Import({ DaemonConfiguration.class, FleetConfiguration.class, WorkerConfiguration.class, LeadershipConfiguration.class,
		SessionsConfiguration.class })
public final class FdworkAutoConfiguration {

}
