export { makeCertificate, type TestCertificate } from './certificate.ts';
