package io.fdwork.internal.serve.web;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Makes the keys of web servers.
 */
final class KeyStores {

	private static final String PASSWORD = "changeit";

	private KeyStores() {
	}

	/**
	 * Create a key store with a certificate for localhost.
	 * @param file the key store
	 */
	static void create(Path file) throws IOException, InterruptedException {
		Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
				"-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC", "-genkeypair", "-alias", "web", "-keyalg", "EC",
				"-dname", "CN=localhost", "-ext", "san=dns:localhost", "-storetype", "PKCS12", "-keystore",
				file.toString(), "-storepass", PASSWORD)
			.inheritIO()
			.start();
		assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
	}

	/**
	 * Return what a client needs to trust a key store.
	 * @param file the key store
	 */
	static SSLContext trust(Path file) throws GeneralSecurityException, IOException {
		TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
		trust.init(KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray()));
		SSLContext ssl = SSLContext.getInstance("TLS");
		ssl.init(null, trust.getTrustManagers(), null);
		return ssl;
	}

	/**
	 * Return the arguments of an application that has a key store.
	 * @param file the key store
	 */
	static String[] arguments(Path file) {
		return new String[] { "--spring.ssl.bundle.jks.web.keystore.location=file:" + file,
				"--spring.ssl.bundle.jks.web.keystore.password=" + PASSWORD, "--server.ssl.bundle=web" };
	}

}
