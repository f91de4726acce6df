package io.fdwork.autoconfigure;

import io.fdwork.internal.serve.tomcat.PortlessTomcatWebServerFactory;
import io.fdwork.internal.serve.tomcat.TomcatServer;
import io.fdwork.internal.worker.Worker;
import jakarta.servlet.ServletRequest;
import org.apache.catalina.startup.Tomcat;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.tomcat.TomcatConnectorCustomizer;
import org.springframework.boot.tomcat.TomcatContextCustomizer;
import org.springframework.boot.tomcat.TomcatProtocolHandlerCustomizer;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.servlet.ServletWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.util.function.SingletonSupplier;

/**
 * Auto-configuration that serves works with an application on Tomcat: its main web server
 * binds no port, that is the daemon's.
 */
@AutoConfiguration(before = FdworkAutoConfiguration.class,
		beforeName = "org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration")
@ConditionalOnClass({ ServletRequest.class, Tomcat.class, TomcatServletWebServerFactory.class })
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@Import(ServletWarmUpConfiguration.class)
@ConditionalOnRole({ Role.DAEMON, Role.WORKER })
@ConditionalOnMissingBean(value = ServletWebServerFactory.class, search = SearchStrategy.CURRENT)
public final class FdworkTomcatAutoConfiguration {

	@Bean
	@ConditionalOnServingWebServer
	TomcatServer fdworkTomcatServer(ObjectProvider<Worker> worker, FdworkProperties properties,
			Environment environment) {
		// The worker asks this server how many connections it takes, so it comes later
		return new TomcatServer(SingletonSupplier.of(() -> worker.getObject().idleReturn()),
				new PropertiesMapper(properties, environment).idleReturn());
	}

	@Bean
	PortlessTomcatWebServerFactory fdworkPortlessTomcatWebServerFactory(BeanFactory beanFactory,
			ObjectProvider<TomcatServer> server, FdworkProperties properties, Environment environment,
			ObjectProvider<TomcatConnectorCustomizer> connectorCustomizers,
			ObjectProvider<TomcatContextCustomizer> contextCustomizers,
			ObjectProvider<TomcatProtocolHandlerCustomizer<?>> protocolHandlerCustomizers) {
		int clientPort = new PropertiesMapper(properties, environment).clientPort();
		if (LeanDaemon.is(beanFactory)) {
			return PortlessTomcatWebServerFactory.forLeanDaemon(clientPort);
		}
		PortlessTomcatWebServerFactory factory = PortlessTomcatWebServerFactory.forMainServer(server.getIfAvailable(),
				clientPort);
		// As Boot's own
		factory.getConnectorCustomizers().addAll(connectorCustomizers.orderedStream().toList());
		factory.getContextCustomizers().addAll(contextCustomizers.orderedStream().toList());
		factory.getProtocolHandlerCustomizers().addAll(protocolHandlerCustomizers.orderedStream().toList());
		return factory;
	}

}
