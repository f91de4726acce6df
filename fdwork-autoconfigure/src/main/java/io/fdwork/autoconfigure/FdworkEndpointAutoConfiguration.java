package io.fdwork.autoconfigure;

import java.util.List;

import io.fdwork.internal.actuate.FdworkEndpoint;
import io.fdwork.internal.actuate.FdworkEndpointWebExtension;
import io.fdwork.internal.actuate.FleetPageExtension;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.fleet.Fleet;
import io.fdwork.internal.fleet.JarDirectories;
import io.fdwork.internal.worker.Worker;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.EndpointAccessResolver;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the actuator endpoint.
 */
@AutoConfiguration(after = FdworkAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnAvailableEndpoint(FdworkEndpoint.class)
public final class FdworkEndpointAutoConfiguration {

	@Bean
	@ConditionalOnBean(Daemon.class)
	@ConditionalOnMissingBean
	FdworkEndpoint fdworkEndpoint(Daemon daemon, ObjectProvider<Fleet> fleet,
			ObjectProvider<JarDirectories> jarDirectories) {
		return new FdworkEndpoint(daemon, fleet.getIfAvailable(),
				jarDirectories.getIfAvailable(() -> new JarDirectories(List.of(), null)));
	}

	@Bean
	@ConditionalOnBean(Worker.class)
	@ConditionalOnMissingBean
	FdworkEndpoint fdworkWorkerEndpoint(Worker worker) {
		return new FdworkEndpoint(worker);
	}

	@Bean
	@ConditionalOnBean(Daemon.class)
	@ConditionalOnMissingBean(FdworkEndpointWebExtension.class)
	@ConditionalOnBooleanProperty(name = "fdwork.daemon.page.enabled", matchIfMissing = true)
	FleetPageExtension fdworkFleetPageExtension(FdworkEndpoint endpoint,
			ObjectProvider<EndpointAccessResolver> access) {
		EndpointId id = EndpointId.of("fdwork");
		return new FleetPageExtension(endpoint, () -> access.stream()
			.anyMatch((resolver) -> resolver.accessFor(id, Access.READ_ONLY) == Access.UNRESTRICTED));
	}

	@Bean
	@ConditionalOnBean(FdworkEndpoint.class)
	@ConditionalOnMissingBean
	FdworkEndpointWebExtension fdworkEndpointWebExtension(FdworkEndpoint endpoint) {
		return new FdworkEndpointWebExtension(endpoint);
	}

}
