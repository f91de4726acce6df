package io.fdwork.autoconfigure;

import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.autoconfigure.context.LifecycleProperties;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.contributor.PingHealthIndicator;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LazyWebBeans}.
 */
class LazyWebBeansTests {

	@TempDir
	private Path temp;

	private final MockEnvironment environment = new MockEnvironment();

	private final DefaultListableBeanFactory beans = new DefaultListableBeanFactory();

	@Test
	void shouldBeLazyWhenBeanIsOfModuleOfBootForTheWeb() {
		this.beans.registerBeanDefinition("endpoint", new RootBeanDefinition(PingHealthIndicator.class));
		process();
		assertThat(isLazy("endpoint")).isTrue();
	}

	@Test
	void shouldBeLazyWhenBeanIsMadeByAutoConfigurationForTheWeb() {
		RootBeanDefinition definition = new RootBeanDefinition(String.class);
		definition.setFactoryBeanName("configuration");
		this.beans.registerBeanDefinition("made", definition);
		this.beans.registerBeanDefinition("configuration",
				new RootBeanDefinition(HealthContributorAutoConfiguration.class));
		process();
		assertThat(isLazy("made")).isTrue();
	}

	@Test
	void shouldBeEagerWhenBeanIsOfAnotherModuleOrOfTheApplication() {
		this.beans.registerBeanDefinition("other", new RootBeanDefinition(LifecycleProperties.class));
		this.beans.registerBeanDefinition("own", new RootBeanDefinition(LazyWebBeansTests.class));
		process();
		assertThat(isLazy("other")).isFalse();
		assertThat(isLazy("own")).isFalse();
	}

	@Test
	void shouldBeEagerWhenDefinitionSaysSo() {
		RootBeanDefinition definition = new RootBeanDefinition(PingHealthIndicator.class);
		definition.setLazyInit(false);
		this.beans.registerBeanDefinition("endpoint", definition);
		process();
		assertThat(isLazy("endpoint")).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "true", "false" })
	void shouldLeaveItToPropertyWhenThatIsSet(String value) {
		this.environment.setProperty("spring.main.lazy-initialization", value);
		this.beans.registerBeanDefinition("endpoint", new RootBeanDefinition(PingHealthIndicator.class));
		process();
		assertThat(isLazy("endpoint")).isFalse();
	}

	@Test
	void shouldConcernDaemonOnly() {
		RoleContexts.daemon(this.temp.resolve("d"))
			.run((context) -> assertThat(context).hasSingleBean(LazyWebBeans.class));
		RoleContexts.none().run((context) -> assertThat(context).doesNotHaveBean(LazyWebBeans.class));
	}

	private void process() {
		new LazyWebBeans(this.environment).postProcessBeanFactory(this.beans);
	}

	private boolean isLazy(String name) {
		return this.beans.getBeanDefinition(name).isLazyInit();
	}

}
