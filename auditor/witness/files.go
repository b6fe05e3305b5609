package witness

import (
	"errors"
	"os"
	"path/filepath"
)

// create makes a file with mode 0600 that is there as a whole or not at all, durably. When
// there is one by that name, the error matches fs.ErrExist and nothing is changed.
func create(path string, content []byte) error {
	temp, err := temporary(path, content, true)
	if err != nil {
		return err
	}
	defer os.Remove(temp) // its content has another name by then
	if err := os.Link(temp, path); err != nil {
		return err
	}
	return syncDir(path)
}

// replace makes content that of a file, as a whole. If it is not to be durable, a loss of
// power may leave nothing of either.
func replace(path string, content []byte, durable bool) error {
	temp, err := temporary(path, content, durable)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if !durable {
		return nil
	}
	return syncDir(path)
}

// temporary writes content to a new file beside path.
func temporary(path string, content []byte, durable bool) (string, error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return "", err
	}
	_, err = file.Write(content)
	if err == nil && durable {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

// syncDir makes the name of a file durable.
func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	err = dir.Sync()
	if closeErr := dir.Close(); err == nil {
		err = closeErr
	}
	return err
}
